package layertap.model.gradient.build;

import java.util.HashMap;
import java.util.Map;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.DataType;

/** The nodes around the body of a loop, with TensorFlow's ops for frames. */
final class LoopFrame {
  private final NodeDefs nodes;
  private final String prefix;
  private final Map<TensorId, TensorId> captured = new HashMap<>();

  /**
   * A loop.
   *
   * @param nodes to which is added
   * @param prefix begins their names
   */
  LoopFrame(NodeDefs nodes, String prefix) {
    this.nodes = nodes;
    this.prefix = prefix;
  }

  /** What a value from outside of the loop is called inside. */
  TensorId capture(TensorId outside, DataType type) {
    TensorId known = captured.get(outside);
    if (known == null) {
      known = enter("captured_" + captured.size(), outside, type, true /* the same at all steps */);
      captured.put(outside, known);
    }
    return known;
  }

  private TensorId enter(String name, TensorId value, DataType type, boolean isConstant) {
    return nodes
        .node("Enter", name, value)
        .attribute("T", type)
        .attribute("frame_name", prefix + "loop")
        .attribute("is_constant", isConstant)
        .attribute("parallel_iterations", 1)
        .add();
  }

  /** Starts a value that each step hands to the next one. */
  Carried carried(String name, TensorId first, DataType type) {
    return new Carried(name, first, type);
  }

  /** A value that each step hands to the next one. */
  final class Carried {
    private final String name;
    private final DataType type;
    private final TensorId merged;
    private TensorId inside;
    private TensorId left;

    private Carried(String name, TensorId first, DataType type) {
      this.name = name;
      this.type = type;
      TensorId entered = enter(name + "_enter", first, type, false /* steps change it */);
      TensorId next = new TensorId(prefix + name + "_next", 0);
      this.merged =
          nodes
              .node("Merge", name + "_merge", entered, next)
              .attribute("T", type)
              .attribute("N", 2)
              .add();
    }

    /** What the condition may look at. */
    TensorId merged() {
      return merged;
    }

    /** What the body takes, after {@link #branch}. */
    TensorId inside() {
      return inside;
    }

    /** What is left after the last step. */
    TensorId left() {
      return left;
    }

    void branch(TensorId isOn) {
      TensorId off =
          nodes.node("Switch", name + "_switch", merged, isOn).attribute("T", type).add();
      TensorId on = new TensorId(off.node(), 1);
      this.inside = nodes.node("Identity", name + "_inside", on).attribute("T", type).add();
      this.left = nodes.node("Exit", name + "_exit", off).attribute("T", type).add();
    }

    void next(TensorId value) {
      nodes.node("NextIteration", name + "_next", value).attribute("T", type).add();
    }
  }
}

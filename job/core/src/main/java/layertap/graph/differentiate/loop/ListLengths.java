package layertap.graph.differentiate.loop;

import java.util.OptionalInt;
import layertap.failure.GraphException;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.differentiate.value.ShapeInference;
import layertap.graph.differentiate.value.StaticValues;
import layertap.graph.rewrite.Substitution;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Finds how many elements the lists have that loops fill: the sequence that one recurrent layer
 * gives tells the number of steps of the next.
 *
 * <pre>
 *   TensorListReserve (8) ─▶ While ─▶ TensorListStack [8, …] ─▶ TensorListFromTensor ─▶ While
 * </pre>
 *
 * <p>Between the two may stand layers that reshape by sizes that TensorFlow does not infer.
 */
final class ListLengths {
  private static final String LENGTH = "num_elements";

  private final GraphIndex graph;
  private final StaticValues values;

  private ListLengths(GraphIndex graph, StaticValues values) {
    this.graph = graph;
    this.values = values;
  }

  /** What is known of a graph's small values once the lengths are written into its stacks. */
  static StaticValues valuesOf(GraphIndex graph, ShapeInference inference) {
    GraphIndex current = graph;
    // The graph that shapes are asked of is not run: only what is known of it is taken.
    while (true) {
      StaticValues values = new StaticValues(current, inference.shapesIn(current.graph()));
      GraphIndex next = new ListLengths(current, values).written();
      if (next == current) {
        return values;
      }
      current = next;
    }
  }

  private GraphIndex written() {
    Substitution changes = new Substitution();
    for (int position = 0; position < graph.size(); position++) {
      NodeDef node = graph.node(position);
      if (node.getOp().equals("Reshape")) {
        ReshapeSizes.write(graph, position, values, changes);
      } else if (node.getOp().equals("TensorListStack") && isOpen(node)) {
        length(graph.inputTensor(position, 0))
            .ifPresent(
                length ->
                    changes.replace(
                        node.toBuilder()
                            .putAttr(LENGTH, AttrValue.newBuilder().setI(length).build())
                            .build()));
      }
    }
    return changes.apply(graph);
  }

  private static boolean isOpen(NodeDef stack) {
    AttrValue length = stack.getAttrMap().get(LENGTH);
    return length == null || length.getI() < 0;
  }

  /** The length of a list, through loops that only write into it. */
  private OptionalInt length(TensorId list) {
    TensorId current = list;
    for (int steps = 0; steps < graph.size(); steps++) {
      int position = graph.require(current.node());
      NodeDef node = graph.node(position);
      if (Ops.calls(node) == Ops.Calls.LOOP) {
        if (!keepsLength(position, current.index())) {
          return OptionalInt.empty();
        }
        current = graph.inputTensor(position, current.index());
      } else if (isWritten(node)) {
        current = graph.inputTensor(position, 0);
      } else {
        return values.lengthOf(current);
      }
    }
    return OptionalInt.empty();
  }

  private static boolean isWritten(NodeDef node) {
    return node.getOp().equals("TensorListSetItem") || node.getOp().equals("Identity");
  }

  /** Whether the steps of a loop only write into the list that is this variable. */
  private boolean keepsLength(int loop, int variable) {
    LoopTemplate body;
    try {
      body = Loop.ofWhile(graph, loop).body();
    } catch (GraphException e) {
      // Unrolling the loop says so, if a gradient goes through it.
      return false;
    }
    TensorId current = body.results().get(variable);
    while (!current.equals(body.variables().get(variable))) {
      OptionalInt position = body.graph().find(current.node());
      if (position.isEmpty() || !isWritten(body.graph().node(position.getAsInt()))) {
        return false;
      }
      current = body.graph().inputTensor(position.getAsInt(), 0);
    }
    return true;
  }
}

package layertap.model.gradient.build;

import java.util.ArrayList;
import java.util.List;
import layertap.graph.TensorId;
import layertap.model.cut.CutTap;
import layertap.model.cut.RowsFirst;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/** Brings the axis of the rows to the front of a derivative as it was brought in its tensor. */
final class RowsOfGradient {
  private static final String TYPE = "T";

  private final GraphDef graph;
  private final String prefix;
  private final List<NodeDef> nodes = new ArrayList<>();

  /**
   * Prepares for the derivatives of one feature.
   *
   * @param prefix begins the names of what is added
   */
  RowsOfGradient(GraphDef graph, String prefix) {
    this.graph = graph;
    this.prefix = prefix;
  }

  List<NodeDef> nodes() {
    return List.copyOf(nodes);
  }

  /**
   * A derivative whose first axis has the rows.
   *
   * @param gradient of the shape of the tensor that the tap's value is made of
   * @param dtype of the derivative
   */
  TensorId of(CutTap tap, TensorId gradient, DataType dtype) {
    String steps = RowsFirst.nodesOf(tap.fetch());
    if (steps.isEmpty()) {
      return gradient;
    }
    String own = prefix + "rows_%s/".formatted(nodes.size());
    for (NodeDef node : graph.getNodeList()) {
      if (node.getName().startsWith(steps)) {
        nodes.add(copied(node, steps, own, tap, gradient, dtype));
      }
    }
    return new TensorId(own + tap.fetch().node().substring(steps.length()), tap.fetch().index());
  }

  private static NodeDef copied(
      NodeDef node, String steps, String own, CutTap tap, TensorId gradient, DataType dtype) {
    NodeDef.Builder copy = node.toBuilder().setName(own + node.getName().substring(steps.length()));
    for (int i = 0; i < copy.getInputCount(); i++) {
      TensorId taken = TensorId.parse(copy.getInput(i));
      if (taken.node().startsWith(steps)) {
        String name = own + taken.node().substring(steps.length());
        copy.setInput(i, new TensorId(name, taken.index()).asInput());
      } else if (taken.equals(tap.computed()) || RowsFirst.isCopy(taken, tap.computed())) {
        copy.setInput(i, gradient.asInput());
        if (copy.containsAttr(TYPE)) {
          copy.putAttr(TYPE, AttrValue.newBuilder().setType(dtype).build());
        }
      }
    }
    return copy.build();
  }
}

package layertap.graph.differentiate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.TensorId;
import layertap.graph.differentiate.path.GradientPaths;
import layertap.graph.rewrite.Substitution;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Puts an {@code Identity} for each output in the place of each {@code IdentityN}, which has no
 * gradient. TensorFlow writes one around every function with a gradient of its own, swish too, and
 * the file does not keep that gradient.
 *
 * @param graph the same values by the same names; the {@code IdentityN} are still there
 * @param moved the identities that stand for outputs of {@code IdentityN}
 * @param warnings of gradients that are not what the framework computes
 */
record CustomGradients(GraphDef graph, Map<TensorId, TensorId> moved, List<String> warnings) {
  CustomGradients {
    moved = Map.copyOf(moved);
    warnings = List.copyOf(warnings);
  }

  static CustomGradients replaceIn(GraphIndex graph, List<TensorId> of, List<TensorId> wrt) {
    boolean[] above = graph.ancestorsOf(graph.requireAll(of.stream().map(TensorId::node).toList()));
    boolean[] below =
        graph.descendantsOf(graph.requireAll(wrt.stream().map(TensorId::node).toList()));
    Substitution changes = new Substitution();
    List<NodeDef> added = new ArrayList<>();
    List<String> custom = new ArrayList<>();
    GradientPaths paths = new GradientPaths(graph, of, wrt);
    for (int position = 0; position < graph.size(); position++) {
      NodeDef node = graph.node(position);
      if (above[position] && below[position] && node.getOp().equals("IdentityN")) {
        List<DataType> types = graph.outputTypes(position);
        for (int i = 0; i < graph.sources(position).length; i++) {
          NodeDef identity = identity(node, i, graph.inputTensor(position, i), types.get(i));
          added.add(identity);
          changes.replace(new TensorId(node.getName(), i), new TensorId(identity.getName(), 0));
        }
        if (paths.isOn(position) && Identities.hasOwnGradient(node) && !isSwish(graph, position)) {
          custom.add(node.getName());
        }
      }
    }
    if (added.isEmpty()) {
      return new CustomGradients(graph.graph(), Map.of(), List.of());
    }
    // Each may take what another gave.
    added.forEach(node -> changes.add(List.of(withReplacedInput(node, changes))));
    return new CustomGradients(changes.apply(graph.graph()), changes.replaced(), warnings(custom));
  }

  private static NodeDef identity(NodeDef node, int output, TensorId input, DataType type) {
    return NodeDef.newBuilder()
        .setName("%s/layertap_output_%s".formatted(node.getName(), output))
        .setOp("Identity")
        .addInput(input.asInput())
        .putAttr("T", AttrValue.newBuilder().setType(type).build())
        .build();
  }

  private static NodeDef withReplacedInput(NodeDef node, Substitution changes) {
    TensorId input = changes.resolve(TensorId.parse(node.getInput(0)));
    return node.toBuilder().setInput(0, input.asInput()).build();
  }

  /**
   * Whether the first output is x · sigmoid(x) or x · sigmoid(β x): its derivative is the plain
   * one.
   */
  private static boolean isSwish(GraphIndex graph, int position) {
    int product = graph.sources(position)[0];
    if (!graph.node(product).getOp().equals("Mul")) {
      return false;
    }
    TensorId first = graph.inputTensor(product, 0);
    TensorId second = graph.inputTensor(product, 1);
    return isSigmoidOf(graph, second, first) || isSigmoidOf(graph, first, second);
  }

  private static boolean isSigmoidOf(GraphIndex graph, TensorId sigmoid, TensorId x) {
    int position = graph.require(sigmoid.node());
    if (!graph.node(position).getOp().equals("Sigmoid")) {
      return false;
    }
    TensorId input = graph.inputTensor(position, 0);
    int scaled = graph.require(input.node());
    return input.equals(x)
        || (graph.node(scaled).getOp().equals("Mul")
            && IntStream.range(0, 2).anyMatch(i -> graph.inputTensor(scaled, i).equals(x)));
  }

  private static List<String> warnings(List<String> nodes) {
    return nodes.isEmpty()
        ? List.of()
        : List.of(
            ("the model's code gives %s a gradient of %s own (tf.custom_gradient), which the"
                    + " SavedModel does not keep: the gradients are those of the ops as they"
                    + " stand, which may differ from what TensorFlow gives in Python")
                .formatted(
                    String.join(", ", nodes.stream().map("'%s'"::formatted).toList()),
                    nodes.size() == 1 ? "its" : "their"));
  }
}

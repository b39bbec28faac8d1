package layertap.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/** Looks through nodes that only hand a value on. */
public final class Identities {
  private static final String GRADIENT = "_gradient_op_type";

  private Identities() {}

  /**
   * Whether the node hands on what a function gives whose gradient is written in Python ({@code
   * tf.custom_gradient}); the first outputs are the results, then come the arguments.
   */
  public static boolean hasOwnGradient(NodeDef node) {
    AttrValue gradient = node.getAttrMap().get(GRADIENT);
    return node.getOp().equals("IdentityN")
        && gradient != null
        && gradient.getS().toStringUtf8().startsWith("CustomGradient");
  }

  /** Where a tensor was computed, before {@code Identity} and {@code IdentityN} handed it on. */
  public static TensorId source(GraphIndex graph, TensorId tensor) {
    return source(graph, tensor, node -> true);
  }

  /** The tensor, and those from which {@code Identity} and {@code IdentityN} hand it on. */
  public static List<TensorId> chain(GraphIndex graph, TensorId tensor) {
    List<TensorId> chain = new ArrayList<>(List.of(tensor));
    if (graph.find(tensor.node()).isPresent()) {
      source(graph, tensor, node -> true, chain);
    }
    return chain;
  }

  /**
   * Where a tensor was computed, looking through certain nodes only.
   *
   * @param isSkipped whether a node of that name is looked through
   */
  public static TensorId source(GraphIndex graph, TensorId tensor, Predicate<String> isSkipped) {
    return source(graph, tensor, isSkipped, new ArrayList<>());
  }

  private static TensorId source(
      GraphIndex graph, TensorId tensor, Predicate<String> isSkipped, List<TensorId> passed) {
    TensorId current = tensor;
    for (int steps = 0; steps < graph.size() && isSkipped.test(current.node()); steps++) {
      int position = graph.require(current.node());
      NodeDef node = graph.node(position);
      int input = Ops.isIdentityOfOne(node) ? 0 : current.index();
      if (!Ops.isIdentity(node) || input >= graph.sources(position).length) {
        return current;
      }
      current = graph.inputTensor(position, input);
      passed.add(current);
    }
    return current;
  }
}

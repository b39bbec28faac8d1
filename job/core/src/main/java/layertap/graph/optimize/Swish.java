package layertap.graph.optimize;

import java.util.List;
import java.util.Optional;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * A value times its own sigmoid, in one pass over it instead of two. oneDNN alone has a kernel for
 * it (TensorFlow's mkl_swish_op.cc); infinities, and what is not a number, go through it as through
 * the two ops.
 *
 * <pre>
 *   x ─┬─ Sigmoid ─ Mul     becomes     x ─ _MklSwish
 *      └────────────┘
 * </pre>
 */
public final class Swish {
  /** The fused op. */
  public static final String OP = "_MklSwish";

  private static final String SIGMOID = "Sigmoid";

  private Swish() {}

  /** Fuses all that there are; says whether there was one. */
  static boolean fuse(WorkingGraph graph) {
    boolean isChanged = false;
    for (NodeDef node : graph.nodes()) {
      Optional<NodeDef> product = product(graph, node);
      if (product.isPresent()) {
        graph.remove(node);
        graph.put(of(product.get(), node.getInput(0)));
        isChanged = true;
      }
    }
    return isChanged;
  }

  /** The product of the value and its sigmoid, if the node is that sigmoid and of no other use. */
  private static Optional<NodeDef> product(WorkingGraph graph, NodeDef node) {
    return node.getOp().equals(SIGMOID) && isPlainFloat(node)
        ? graph.onlyConsumer(node).filter(next -> isOf(next, node))
        : Optional.empty();
  }

  private static boolean isPlainFloat(NodeDef node) {
    return WorkingGraph.isPlain(node)
        && node.getAttrOrThrow(Convolution.TYPE).getType() == DataType.DT_FLOAT;
  }

  private static boolean isOf(NodeDef product, NodeDef sigmoid) {
    return product.getOp().equals("Mul")
        && product.getInputList().contains(sigmoid.getInput(0))
        && product.getInputList().contains(sigmoid.getName());
  }

  private static NodeDef of(NodeDef product, String value) {
    return product.toBuilder().setOp(OP).clearInput().addInput(value).build();
  }

  /** The two ops, of which the last one has the node's name. */
  static List<NodeDef> apart(NodeDef node) {
    NodeDef sigmoid = node.toBuilder().setOp(SIGMOID).setName(node.getName() + "/sigmoid").build();
    NodeDef product = node.toBuilder().setOp("Mul").addInput(sigmoid.getName()).build();
    return List.of(sigmoid, product);
  }
}

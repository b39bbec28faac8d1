package layertap.graph.precision;

import org.tensorflow.proto.GraphDef;

/** The matrix products and convolutions of a graph: each rounds what others rounded before. */
public final class MatrixProducts {
  private MatrixProducts() {}

  /** How many there are; those in bodies of loops and branches do not count. */
  public static long count(GraphDef graph) {
    return graph.getNodeList().stream()
        .filter(node -> BFloat16Ops.PRODUCTS.contains(node.getOp()))
        .count();
  }
}

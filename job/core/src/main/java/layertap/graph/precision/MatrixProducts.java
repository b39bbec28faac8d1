package layertap.graph.precision;

import java.util.Set;
import layertap.graph.optimize.FusedConvolution;
import org.tensorflow.proto.GraphDef;

/** The matrix products and convolutions of a graph: each rounds what others rounded before. */
public final class MatrixProducts {
  private static final Set<String> OPS =
      Set.of(
          "MatMul",
          "BatchMatMulV2",
          "Conv2D",
          FusedConvolution.FULL,
          "DepthwiseConv2dNative",
          FusedConvolution.DEPTHWISE,
          "Conv3D");

  private MatrixProducts() {}

  /** How many there are; those in bodies of loops and branches do not count. */
  public static long count(GraphDef graph) {
    return graph.getNodeList().stream().filter(node -> OPS.contains(node.getOp())).count();
  }
}

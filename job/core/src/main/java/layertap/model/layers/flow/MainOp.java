package layertap.model.layers.flow;

import java.util.List;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.model.layers.Region;
import layertap.model.layers.scope.Variables;
import org.tensorflow.proto.NodeDef;

/** Names the op that does a layer's work, for a reader who does not know the layer's class. */
public final class MainOp {
  private static final List<String> PREFERRED =
      List.of(
          "Conv2D",
          "DepthwiseConv2dNative",
          "Conv2DBackpropInput",
          "Conv3D",
          "While",
          "StatelessWhile",
          "FusedBatchNormV3",
          "ResourceGather",
          "Einsum",
          "BatchMatMulV2",
          "MatMul");

  private MainOp() {}

  public static String of(Region region, GraphIndex graph, Variables variables) {
    String last = "";
    int best = PREFERRED.size();
    for (int position : region.positions()) {
      NodeDef node = graph.node(position);
      String op = node.getOp();
      int rank = PREFERRED.indexOf(op);
      if (rank >= 0 && rank < best) {
        best = rank;
      }
      if (!Ops.isConstant(node) && !Ops.readsVariable(node)) {
        last = op;
      }
    }
    return best < PREFERRED.size() ? PREFERRED.get(best) : last;
  }
}

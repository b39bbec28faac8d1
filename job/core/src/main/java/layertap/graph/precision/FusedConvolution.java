package layertap.graph.precision;

import java.util.ArrayList;
import java.util.List;
import org.tensorflow.proto.NodeDef;

/**
 * A convolution that adds a bias, and perhaps runs an activation, as the ops that it stands for.
 */
final class FusedConvolution {
  static final String OP = "_FusedConv2D";

  private static final String FUSED_OPS = "fused_ops";
  private static final List<String> ATTRIBUTES =
      List.of(
          BFloat16Ops.TYPE, "strides", "padding", "explicit_paddings", "data_format", "dilations");

  private static final int BIAS = 2;

  private FusedConvolution() {}

  /** The ops, of which the last one has the node's name; the node itself if it is none. */
  static List<NodeDef> apart(NodeDef node) {
    if (!node.getOp().equals(OP)) {
      return List.of(node);
    }
    List<NodeDef> ops = new ArrayList<>();
    NodeDef.Builder convolution =
        NodeDef.newBuilder()
            .setOp("Conv2D")
            .setName(node.getName() + "/product")
            .setDevice(node.getDevice());
    for (int i = 0; i < node.getInputCount(); i++) {
      if (i != BIAS) {
        convolution.addInput(node.getInput(i));
      }
    }
    for (String attribute : ATTRIBUTES) {
      if (node.containsAttr(attribute)) {
        convolution.putAttr(attribute, node.getAttrOrThrow(attribute));
      }
    }
    ops.add(convolution.build());
    List<String> fused =
        node.getAttrOrThrow(FUSED_OPS).getList().getSList().stream()
            .map(name -> name.toStringUtf8())
            .toList();
    for (int i = 0; i < fused.size(); i++) {
      boolean isLast = i == fused.size() - 1;
      NodeDef.Builder op =
          NodeDef.newBuilder()
              .setOp(fused.get(i))
              .setName(isLast ? node.getName() : node.getName() + "/" + fused.get(i))
              .setDevice(node.getDevice())
              .addInput(ops.get(i).getName())
              .putAttr(BFloat16Ops.TYPE, node.getAttrOrThrow(BFloat16Ops.TYPE));
      if (i == 0) {
        op.addInput(node.getInput(BIAS));
      }
      ops.add(op.build());
    }
    return ops;
  }
}

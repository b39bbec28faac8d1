package layertap.graph.optimize;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * A convolution that adds a bias, and perhaps runs an activation, while it writes its output.
 *
 * <p>Of depthwise ones oneDNN alone has kernels (TensorFlow's mkl_layout_pass.cc names them);
 * without it they are taken {@linkplain #withoutDepthwise apart}.
 */
public final class FusedConvolution {
  /** The op of a fused depthwise convolution. */
  public static final String DEPTHWISE = "_FusedDepthwiseConv2dNative";

  /** The op of one that is none. */
  public static final String FULL = "_FusedConv2D";

  private static final Map<String, String> UNFUSED =
      Map.of(FULL, Convolution.FULL, DEPTHWISE, Convolution.DEPTHWISE);

  private static final String FUSED_OPS = "fused_ops";
  private static final String TYPE = "T";
  private static final List<String> ATTRIBUTES =
      List.of(
          TYPE, "strides", Convolution.PADDING, Convolution.PADDINGS, "data_format", "dilations");

  private static final int BIAS = 2;

  private FusedConvolution() {}

  /**
   * A convolution with all that follows it.
   *
   * @param name of the last op that it stands for
   * @param bias name of the constant that is added
   * @param activation the op that follows the sum
   */
  static NodeDef of(
      Convolution convolution,
      String name,
      String weights,
      String bias,
      Optional<String> activation) {
    List<String> fused = new ArrayList<>(List.of("BiasAdd"));
    activation.ifPresent(fused::add);
    NodeDef.Builder node = convolution.node().toBuilder();
    if (convolution.isDepthwise()) {
      node.setOp(DEPTHWISE).removeAttr(Convolution.PADDINGS);
    } else {
      node.setOp(FULL).putAttr("TArgs", Attributes.types(List.of(DataType.DT_FLOAT)));
    }
    return node.setName(name)
        .setInput(1, weights)
        .addInput(bias)
        .putAttr("num_args", Attributes.number(1))
        .putAttr(FUSED_OPS, Attributes.texts(fused))
        .build();
  }

  /** The graph with its depthwise ones apart; the same object if there are none. */
  public static GraphDef withoutDepthwise(GraphDef graph) {
    if (graph.getNodeList().stream().noneMatch(node -> node.getOp().equals(DEPTHWISE))) {
      return graph;
    }
    GraphDef.Builder apart = graph.toBuilder().clearNode();
    for (NodeDef node : graph.getNodeList()) {
      apart.addAllNode(node.getOp().equals(DEPTHWISE) ? apart(node) : List.of(node));
    }
    return apart.build();
  }

  /** The ops, of which the last one has the node's name; the node itself if it is none. */
  public static List<NodeDef> apart(NodeDef node) {
    if (!UNFUSED.containsKey(node.getOp())) {
      return List.of(node);
    }
    List<NodeDef> ops = new ArrayList<>();
    NodeDef.Builder convolution =
        NodeDef.newBuilder()
            .setOp(UNFUSED.get(node.getOp()))
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
              .putAttr(TYPE, node.getAttrOrThrow(TYPE));
      if (i == 0) {
        op.addInput(node.getInput(BIAS));
      }
      ops.add(op.build());
    }
    return ops;
  }
}

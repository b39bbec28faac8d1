package layertap.graph.optimize;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * A convolution that adds a bias, and perhaps runs an activation, while it writes its output.
 *
 * <p>Of ordinary ones in {@code float32} every CPU has a kernel, except with a {@link SelfGate}. Of
 * others oneDNN alone has: those of depthwise ones are found by its own pass over the graph
 * (TensorFlow's mkl_layout_pass.cc), those in {@code bfloat16} have to be asked for by their own
 * name, since the definition of {@link #FULL} does not allow that type.
 */
public final class FusedConvolution {
  /** The op of a fused depthwise convolution. */
  public static final String DEPTHWISE = "_FusedDepthwiseConv2dNative";

  /** The op of one that is none. */
  public static final String FULL = "_FusedConv2D";

  /** What oneDNN's kernel of {@link #FULL} is called. */
  static final String ONE_DNN_FULL = "_MklNativeFusedConv2D";

  /** What oneDNN's kernel of {@link #DEPTHWISE} is called. */
  static final String ONE_DNN_DEPTHWISE = "_MklNativeFusedDepthwiseConv2dNative";

  private static final String ARGUMENTS = "num_args";
  private static final String ARGUMENT_TYPES = "TArgs";

  private static final Map<String, String> UNFUSED =
      Map.of(FULL, Convolution.FULL, DEPTHWISE, Convolution.DEPTHWISE);

  /** The activation that multiplies what is negative with a slope. */
  static final String LEAKY = "LeakyRelu";

  /** Where the activation by itself keeps the slope; 0.2, where neither op says one. */
  private static final String SLOPE = "alpha";

  private static final String FUSED_OPS = "fused_ops";
  private static final String FUSED_SLOPE = "leakyrelu_alpha";
  private static final String TYPE = Convolution.TYPE;
  private static final List<String> ATTRIBUTES =
      List.of(
          TYPE,
          Convolution.STRIDES,
          Convolution.PADDING,
          Convolution.PADDINGS,
          Convolution.DATA_FORMAT,
          Convolution.DILATIONS);

  private static final int BIAS = 2;

  private FusedConvolution() {}

  /**
   * A convolution that adds a bias.
   *
   * @param name of the sum that it stands for
   * @param bias name of the constant that is added
   */
  static NodeDef of(Convolution convolution, String name, String weights, String bias) {
    NodeDef.Builder node = convolution.node().toBuilder();
    if (convolution.isDepthwise()) {
      node.setOp(DEPTHWISE).removeAttr(Convolution.PADDINGS);
    } else {
      node.setOp(FULL).putAttr(ARGUMENT_TYPES, AttrValues.types(List.of(DataType.DT_FLOAT)));
    }
    return node.setName(name)
        .setInput(1, weights)
        .addInput(bias)
        .putAttr(ARGUMENTS, AttrValues.number(1))
        .putAttr(FUSED_OPS, AttrValues.texts(List.of("BiasAdd")))
        .build();
  }

  /**
   * One that runs an activation, too.
   *
   * @param sum of a convolution and a bias
   * @param activation what fused convolutions call it
   * @param last the op that the whole stands for
   */
  static NodeDef with(NodeDef sum, String activation, NodeDef last) {
    NodeDef.Builder node = sum.toBuilder().setName(last.getName());
    node.putAttr(FUSED_OPS, AttrValues.texts(List.of(fusedOps(sum).get(0), activation)));
    if (last.containsAttr(SLOPE)) {
      node.putAttr(FUSED_SLOPE, last.getAttrOrThrow(SLOPE));
    }
    return node.build();
  }

  /**
   * The node, or nodes in its place, for which the process has kernels.
   *
   * @param oneDnn in which types oneDNN's kernels fuse convolutions
   */
  static List<NodeDef> forKernels(NodeDef node, Set<DataType> oneDnn) {
    if (isEverywhere(node)) {
      return List.of(node);
    }
    if (!oneDnn.contains(node.getAttrOrThrow(TYPE).getType())) {
      return isFullOfFloats(node) ? activationApart(node) : apart(node);
    }
    return List.of(node.getOp().equals(FULL) ? byOneDnn(node) : node);
  }

  private static boolean isEverywhere(NodeDef node) {
    return !UNFUSED.containsKey(node.getOp())
        || (isFullOfFloats(node)
            && fusedOps(node).stream().allMatch(op -> SelfGate.inConvolution(op).isEmpty()));
  }

  private static boolean isFullOfFloats(NodeDef node) {
    return node.getOp().equals(FULL) && node.getAttrOrThrow(TYPE).getType() == DataType.DT_FLOAT;
  }

  /** Whether the node is a fused convolution that runs an activation, too. */
  public static boolean runsActivation(NodeDef node) {
    return UNFUSED.containsKey(node.getOp()) && fusedOps(node).size() > 1;
  }

  /**
   * The convolution with its bias, and behind it the activation, or the single ops of a gate; the
   * last one has the node's name.
   */
  public static List<NodeDef> activationApart(NodeDef node) {
    List<String> fused = fusedOps(node);
    String bias = fused.get(0);
    NodeDef sum =
        node.toBuilder()
            .setName(node.getName() + "/" + bias)
            .putAttr(FUSED_OPS, AttrValues.texts(List.of(bias)))
            .build();
    List<NodeDef> ops = new ArrayList<>(List.of(sum));
    ops.addAll(following(fused.get(1), node, node.getName(), sum.getName()));
    return ops;
  }

  /** An op that a fused convolution runs by itself, or the single ops of one that is a gate. */
  private static List<NodeDef> following(String op, NodeDef fused, String name, String... inputs) {
    NodeDef.Builder built =
        NodeDef.newBuilder()
            .setOp(op)
            .setName(name)
            .setDevice(fused.getDevice())
            .addAllInput(List.of(inputs))
            .putAttr(TYPE, fused.getAttrOrThrow(TYPE));
    if (op.equals(LEAKY) && fused.containsAttr(FUSED_SLOPE)) {
      built.putAttr(SLOPE, fused.getAttrOrThrow(FUSED_SLOPE));
    }
    NodeDef node = built.build();
    return SelfGate.inConvolution(op).map(gate -> gate.apart(node)).orElse(List.of(node));
  }

  private static List<String> fusedOps(NodeDef node) {
    return node.getAttrOrThrow(FUSED_OPS).getList().getSList().stream()
        .map(name -> name.toStringUtf8())
        .toList();
  }

  /** As oneDNN's pass would write it. */
  private static NodeDef byOneDnn(NodeDef node) {
    NodeDef.Builder built =
        NodeDef.newBuilder()
            .setName(node.getName())
            .setOp(ONE_DNN_FULL)
            .setDevice(node.getDevice())
            .addAllInput(node.getInputList());
    copy(ATTRIBUTES, node, built);
    copy(List.of(ARGUMENTS, FUSED_OPS, FUSED_SLOPE), node, built);
    return built
        .putAttr(ARGUMENT_TYPES, AttrValues.types(List.of(node.getAttrOrThrow(TYPE).getType())))
        .putAttr("is_filter_const", AttrValue.newBuilder().setB(true).build())
        .putAttr("_kernel", AttrValues.text("MklNameChangeOp"))
        .build();
  }

  private static void copy(List<String> attributes, NodeDef from, NodeDef.Builder to) {
    for (String attribute : attributes) {
      if (from.containsAttr(attribute)) {
        to.putAttr(attribute, from.getAttrOrThrow(attribute));
      }
    }
  }

  /** The ops, of which the last one has the node's name; the node itself if it is none. */
  static List<NodeDef> apart(NodeDef node) {
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
    copy(ATTRIBUTES, node, convolution);
    ops.add(convolution.build());
    List<String> fused = fusedOps(node);
    String sum = fused.size() == 1 ? node.getName() : node.getName() + "/" + fused.get(0);
    ops.addAll(following(fused.get(0), node, sum, convolution.getName(), node.getInput(BIAS)));
    if (fused.size() > 1) {
      ops.addAll(following(fused.get(1), node, node.getName(), sum));
    }
    return ops;
  }
}

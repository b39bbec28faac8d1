package layertap.graph.optimize;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * A convolution of maps [batch, height, width, channels] of {@code float32} with constant weights.
 *
 * @param weights shape of the weights: [height, width, channels in, channels out], of a depthwise
 *     one [height, width, channels in, channels out for each of these]
 */
record Convolution(NodeDef node, TensorShape weights) {
  static final String PADDING = "padding";

  /** No padding. */
  static final String VALID = "VALID";

  /** As many zeros as leave a pixel for each stride. */
  static final String SAME = "SAME";

  /** Padding that is spelled out in {@link #PADDINGS}. */
  static final String EXPLICIT = "EXPLICIT";

  static final String PADDINGS = "explicit_paddings";

  static final String STRIDES = "strides";
  static final String DILATIONS = "dilations";
  static final String DATA_FORMAT = "data_format";
  static final String TYPE = "T";

  static final String FULL = "Conv2D";
  static final String DEPTHWISE = "DepthwiseConv2dNative";
  static final int RANK = 4;

  static Optional<Convolution> of(NodeDef node, ConstantTensors constants) {
    boolean isOurs =
        (node.getOp().equals(FULL) || node.getOp().equals(DEPTHWISE))
            && WorkingGraph.isPlainFloat(node)
            && isChannelsLast(node);
    return isOurs
        ? constants
            .shape(node.getInput(1))
            .filter(shape -> shape.isFullyKnown() && shape.sizes().size() == RANK)
            .map(shape -> new Convolution(node, shape))
        : Optional.empty();
  }

  /**
   * Visits the convolutions that a graph has at first; says whether any was changed.
   *
   * @param change changes one where it can; says whether it could
   */
  static boolean changeAll(
      WorkingGraph graph, ConstantTensors constants, Predicate<Convolution> change) {
    boolean isChanged = false;
    for (NodeDef node : graph.nodes()) {
      isChanged |= of(node, constants).map(change::test).orElse(false);
    }
    return isChanged;
  }

  /** Whether an op of maps takes the last axis for their channels, or does not ask. */
  static boolean isChannelsLast(NodeDef node) {
    AttrValue format = node.getAttrOrDefault(DATA_FORMAT, AttrValues.text("NHWC"));
    return format.getS().toStringUtf8().equals("NHWC");
  }

  boolean isDepthwise() {
    return node.getOp().equals(DEPTHWISE);
  }

  long channelsIn() {
    return weights.sizes().get(2);
  }

  long channelsOut() {
    return isDepthwise() ? channelsIn() * weights.sizes().get(3) : weights.sizes().get(3);
  }

  /** {@link #SAME}, {@link #VALID} or {@link #EXPLICIT}. */
  String padding() {
    return node.getAttrOrThrow(PADDING).getS().toStringUtf8();
  }

  /** Whether neighbours in the window are neighbours in the map. */
  boolean isDense() {
    return numbers(DILATIONS).stream().allMatch(dilation -> dilation == 1);
  }

  /** Sizes of the maps that come out, of those that go in; see {@link MapSizes}. */
  List<Long> sizesOut(List<Long> sizesIn) {
    List<Long> sizes = new ArrayList<>();
    for (int axis : MapSizes.OF_PIXELS) {
      long in = sizesIn.get(axis);
      sizes.add(in == TensorShape.UNKNOWN ? in : sizeOut(axis, in));
    }
    sizes.add(channelsOut());
    return sizes;
  }

  private long sizeOut(int axis, long in) {
    long stride = stride(axis);
    if (padding().equals(SAME)) {
      return ceilDiv(in, stride);
    }
    long padded = padding().equals(EXPLICIT) ? MapSizes.padded(in, axis, numbers(PADDINGS)) : in;
    return ceilDiv(padded - window(axis) + 1, stride);
  }

  private long stride(int axis) {
    return numbers(STRIDES).get(axis + 1);
  }

  private long window(int axis) {
    List<Long> dilations = numbers(DILATIONS);
    long dilation = dilations.isEmpty() ? 1 : dilations.get(axis + 1);
    return (weights.sizes().get(axis) - 1) * dilation + 1;
  }

  /**
   * Whether zeros around maps are those that {@link #SAME} stands for: as few as give a pixel for
   * each stride, the odd one after the map (tensorflow/core/framework/kernel_shape_util.cc).
   *
   * @param paddings before and after each axis, as an op {@code Pad} has them
   */
  boolean isSame(List<Long> sizesIn, List<Long> paddings) {
    for (int axis : MapSizes.OF_PIXELS) {
      long in = sizesIn.get(axis);
      long stride = stride(axis);
      long added = Math.max((ceilDiv(in, stride) - 1) * stride + window(axis) - in, 0);
      long before = paddings.get(2 * axis + 2);
      if (in == TensorShape.UNKNOWN
          || before != added / 2
          || paddings.get(2 * axis + 3) != added - before) {
        return false;
      }
    }
    return true;
  }

  private static long ceilDiv(long size, long stride) {
    return -Math.floorDiv(-size, stride);
  }

  private List<Long> numbers(String attribute) {
    return node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getList().getIList();
  }
}

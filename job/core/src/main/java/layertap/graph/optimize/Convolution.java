package layertap.graph.optimize;

import java.util.List;
import java.util.Optional;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * A convolution of maps [batch, height, width, channels] of {@code float32} with constant weights.
 *
 * @param weights shape of the weights: [height, width, channels in, channels out], of a depthwise
 *     one [height, width, channels in, channels out for each of these]
 */
record Convolution(NodeDef node, TensorShape weights) {
  static final String PADDING = "padding";

  /** Padding that is spelled out in {@link #PADDINGS}. */
  static final String EXPLICIT = "EXPLICIT";

  static final String PADDINGS = "explicit_paddings";

  static final String FULL = "Conv2D";
  static final String DEPTHWISE = "DepthwiseConv2dNative";
  static final int RANK = 4;

  static Optional<Convolution> of(NodeDef node, ConstantTensors constants) {
    boolean isOurs =
        (node.getOp().equals(FULL) || node.getOp().equals(DEPTHWISE))
            && WorkingGraph.isPlain(node)
            && node.getAttrOrThrow("T").getType() == DataType.DT_FLOAT
            && node.getAttrOrDefault("data_format", Attributes.text("NHWC"))
                .getS()
                .toStringUtf8()
                .equals("NHWC");
    return isOurs
        ? constants
            .shape(node.getInput(1))
            .filter(shape -> shape.isFullyKnown() && shape.sizes().size() == RANK)
            .map(shape -> new Convolution(node, shape))
        : Optional.empty();
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

  boolean isPaddedExplicitly() {
    return node.getAttrOrThrow(PADDING).getS().toStringUtf8().equals(EXPLICIT);
  }

  /** Whether neighbours in the window are neighbours in the map. */
  boolean isDense() {
    List<Long> dilations =
        node.getAttrOrDefault("dilations", AttrValue.getDefaultInstance()).getList().getIList();
    return dilations.stream().allMatch(dilation -> dilation == 1);
  }
}

package layertap.graph.differentiate.equivalent;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * A convolution in groups of channels, whose gradient has no kernel on CPUs, as one for each
 * channel or as one for each group.
 */
final class GroupedConvolution {
  private static final int RANK = 4;

  private GroupedConvolution() {}

  /** The same of other ops; none if there is one group, or if it is open how many there are. */
  static Optional<TensorId> replace(
      NodeDef node,
      TensorId x,
      TensorId filter,
      DataType dtype,
      Function<TensorId, TensorShape> shapes,
      NodeDefs nodes) {
    TensorShape kernel = shapes.apply(filter);
    OptionalLong known = channelsOf(shapes.apply(x));
    if (known.isEmpty()
        || !kernel.isFullyKnown()
        || !Attributes.text(node, "data_format").matches("|NHWC")) {
      return Optional.empty();
    }
    long channels = known.getAsLong();
    long ofGroup = kernel.sizes().get(2);
    if (channels == ofGroup) {
      return Optional.empty();
    }
    return Optional.of(
        ofGroup == 1
            ? depthwise(node, x, filter, dtype, kernel.sizes(), channels, nodes)
            : byGroup(node, x, filter, dtype, channels / ofGroup, nodes));
  }

  /** How many channels, the last axis, images have; none if that is open. */
  static OptionalLong channelsOf(TensorShape images) {
    boolean isKnown =
        images.isRankKnown()
            && images.sizes().size() == RANK
            && images.sizes().get(RANK - 1) != TensorShape.UNKNOWN;
    return isKnown ? OptionalLong.of(images.sizes().get(RANK - 1)) : OptionalLong.empty();
  }

  /** The kernel [height, width, 1, channels · each] is that of the channels one by one. */
  private static TensorId depthwise(
      NodeDef node,
      TensorId x,
      TensorId filter,
      DataType dtype,
      List<Long> kernel,
      long channels,
      NodeDefs nodes) {
    TensorId sizes =
        nodes.vector(
            "kernel_sizes",
            (int) (long) kernel.get(0),
            (int) (long) kernel.get(1),
            (int) channels,
            (int) (kernel.get(3) / channels));
    TensorId reshaped = nodes.reshape("kernel", filter, dtype, sizes);
    return convolved(nodes, "DepthwiseConv2dNative", "depthwise", node, dtype, x, reshaped);
  }

  private static TensorId byGroup(
      NodeDef node, TensorId x, TensorId filter, DataType dtype, long groups, NodeDefs nodes) {
    TensorId axis = nodes.scalar("axis", RANK - 1);
    TensorId inputs = split(nodes, "inputs", axis, x, groups, dtype);
    TensorId kernels = split(nodes, "kernels", axis, filter, groups, dtype);
    List<TensorId> parts = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      TensorId input = new TensorId(inputs.node(), group);
      TensorId kernel = new TensorId(kernels.node(), group);
      parts.add(convolved(nodes, "Conv2D", "group_" + group, node, dtype, input, kernel));
    }
    parts.add(axis);
    return nodes
        .node("ConcatV2", "groups", parts.toArray(TensorId[]::new))
        .attribute("N", groups)
        .attribute("T", dtype)
        .attribute("Tidx", DataType.DT_INT32)
        .add();
  }

  private static TensorId split(
      NodeDefs nodes, String name, TensorId axis, TensorId value, long count, DataType dtype) {
    return nodes
        .node("Split", name, axis, value)
        .attribute("num_split", count)
        .attribute("T", dtype)
        .add();
  }

  /** A convolution with the attributes of another. */
  static TensorId convolved(
      NodeDefs nodes,
      String op,
      String name,
      NodeDef node,
      DataType dtype,
      TensorId x,
      TensorId kernel) {
    NodeDefs.Node convolution = nodes.node(op, name, x, kernel).attribute("T", dtype);
    List.of("strides", "padding", "dilations", "data_format").stream()
        .filter(node.getAttrMap()::containsKey)
        .forEach(each -> convolution.attribute(each, node.getAttrOrThrow(each)));
    return convolution.add();
  }
}

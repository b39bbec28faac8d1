package layertap.graph.differentiate.equivalent;

import com.google.protobuf.ByteString;
import java.util.Optional;
import java.util.function.Function;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * A {@code Conv2D} as one that has a gradient on CPUs. That in C++ leaves the amounts of {@code
 * EXPLICIT} padding out (nn_grad.cc), and so fails; no kernel is there for one with dilations.
 *
 * <pre>
 *   x ─▶ Pad ─▶ SpaceToBatchND ─▶ Conv2D VALID, a group or several ─▶ BatchToSpaceND
 * </pre>
 */
final class PlainConvolution {
  private static final int HEIGHT = 1;
  private static final int AXES = 2;
  private static final String PADDING = "padding";
  private static final String AMOUNTS = "explicit_paddings";
  private static final String DILATIONS = "dilations";

  private final NodeDef node;
  private final DataType dtype;
  private final NodeDefs nodes;

  private PlainConvolution(NodeDef node, DataType dtype, NodeDefs nodes) {
    this.node = node;
    this.dtype = dtype;
    this.nodes = nodes;
  }

  /**
   * The same by other ops; none if it has a gradient, or is dilated and what that takes is open.
   */
  static Optional<TensorId> replace(
      NodeDef node,
      TensorId x,
      TensorId filter,
      DataType dtype,
      Function<TensorId, TensorShape> shapes,
      NodeDefs nodes) {
    boolean isDilated = isDilated(node);
    if (!isDilated && !Attributes.text(node, PADDING).equals("EXPLICIT")) {
      return GroupedConvolution.replace(node, x, filter, dtype, shapes, nodes);
    }
    TensorShape kernel = shapes.apply(filter);
    if (isDilated && !(isInBlocks(node) && kernel.isFullyKnown())) {
      return Optional.empty();
    }
    PlainConvolution convolution = new PlainConvolution(node, dtype, nodes);
    int[] amounts = convolution.amounts(kernel);
    TensorId padded = amounts.length == 0 ? x : nodes.padded("padded", x, dtype, amounts);
    // No number of channels changes, and nothing else is asked for.
    Function<TensorId, TensorShape> known =
        tensor -> tensor.equals(filter) ? kernel : shapes.apply(x);
    if (!isDilated) {
      return Optional.of(convolution.of(padded, filter, known));
    }
    TensorId rest = convolution.rest(padded);
    TensorId blocks = convolution.inBlocks("SpaceToBatchND", padded, rest);
    TensorId convolved = convolution.of(blocks, filter, known);
    return Optional.of(convolution.inBlocks("BatchToSpaceND", convolved, rest));
  }

  /** Without padding and dilations. */
  private TensorId of(TensorId x, TensorId filter, Function<TensorId, TensorShape> shapes) {
    AttrValue valid = AttrValue.newBuilder().setS(ByteString.copyFromUtf8("VALID")).build();
    NodeDef plain =
        node.toBuilder().putAttr(PADDING, valid).removeAttr(AMOUNTS).removeAttr(DILATIONS).build();
    return GroupedConvolution.replace(plain, x, filter, dtype, shapes, nodes)
        .orElseGet(
            () ->
                GroupedConvolution.convolved(
                    nodes, "Conv2D", "convolved", plain, dtype, x, filter));
  }

  static boolean isDilated(NodeDef node) {
    return Attributes.numbers(node, DILATIONS).stream().anyMatch(each -> each > 1);
  }

  private static boolean isInBlocks(NodeDef node) {
    return !Attributes.text(node, "data_format").equals("NCHW")
        && Attributes.numbers(node, "strides").stream().allMatch(each -> each == 1);
  }

  /** Before and behind each of the four axes; empty where nothing is padded. */
  private int[] amounts(TensorShape kernel) {
    return switch (Attributes.text(node, PADDING)) {
      case "EXPLICIT" ->
          Attributes.numbers(node, AMOUNTS).stream().mapToInt(Math::toIntExact).toArray();
      case "VALID" -> new int[0];
      default -> {
        int height = Math.toIntExact(dilation(HEIGHT) * (kernel.sizes().get(0) - 1));
        int width = Math.toIntExact(dilation(HEIGHT + 1) * (kernel.sizes().get(1) - 1));
        yield new int[] {0, 0, height / 2, height - height / 2, width / 2, width - width / 2, 0, 0};
      }
    };
  }

  private int dilation(int axis) {
    return Math.toIntExact(Attributes.numbers(node, DILATIONS).get(axis));
  }

  /** By how much height and width miss a multiple of the dilations, behind each of them. */
  private TensorId rest(TensorId x) {
    TensorId space =
        nodes
            .node(
                "Slice",
                "space",
                nodes.sizes("sizes", x, dtype),
                nodes.vector("space_from", new int[] {HEIGHT}),
                nodes.vector("space_count", new int[] {AXES}))
            .attribute("T", DataType.DT_INT32)
            .attribute("Index", DataType.DT_INT32)
            .add();
    TensorId less = nodes.node("Neg", "less", space).attribute("T", DataType.DT_INT32).add();
    TensorId missing =
        nodes
            .node("FloorMod", "missing", less, block("rest_block"))
            .attribute("T", DataType.DT_INT32)
            .add();
    return nodes
        .node("Pack", "rest", nodes.vector("rest_before", 0, 0), missing)
        .attribute("N", 2)
        .attribute("T", DataType.DT_INT32)
        .attribute("axis", 1)
        .add();
  }

  private TensorId block(String name) {
    return nodes.vector(name, dilation(HEIGHT), dilation(HEIGHT + 1));
  }

  private TensorId inBlocks(String op, TensorId x, TensorId rest) {
    return nodes
        .node(op, op, x, block(op + "_block"), rest)
        .attribute("T", dtype)
        .attribute("Tblock_shape", DataType.DT_INT32)
        .attribute(op.equals("SpaceToBatchND") ? "Tpaddings" : "Tcrops", DataType.DT_INT32)
        .add();
  }
}

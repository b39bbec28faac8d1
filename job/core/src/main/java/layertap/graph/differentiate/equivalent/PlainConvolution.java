package layertap.graph.differentiate.equivalent;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.LongStream;
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
    PlainConvolution convolution = new PlainConvolution(node, dtype, nodes);
    boolean isDilated = isDilated(node);
    if (!isDilated && !convolution.has("padding", "EXPLICIT")) {
      return GroupedConvolution.replace(node, x, filter, dtype, shapes, nodes);
    }
    if (isDilated && !(convolution.isInBlocks() && shapes.apply(filter).isFullyKnown())) {
      return Optional.empty();
    }
    List<Long> amounts = convolution.amounts(shapes.apply(filter));
    TensorId padded = amounts.isEmpty() ? x : convolution.padded(x, amounts);
    TensorId rest = isDilated ? convolution.rest(padded) : null;
    TensorId taken = isDilated ? convolution.inBlocks("SpaceToBatchND", padded, rest) : padded;
    NodeDef plain = convolution.plain();
    // No number of channels has changed, and nothing else is asked for.
    Function<TensorId, TensorShape> known = each -> shapes.apply(each.equals(taken) ? x : each);
    TensorId given =
        GroupedConvolution.replace(plain, taken, filter, dtype, known, nodes)
            .orElseGet(
                () ->
                    GroupedConvolution.convolved(
                        nodes, "Conv2D", "convolved", plain, dtype, taken, filter));
    return Optional.of(isDilated ? convolution.inBlocks("BatchToSpaceND", given, rest) : given);
  }

  private boolean has(String name, String value) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance())
        .getS()
        .toStringUtf8()
        .equals(value);
  }

  static boolean isDilated(NodeDef node) {
    return numbers(node, DILATIONS).stream().anyMatch(each -> each > 1);
  }

  private boolean isInBlocks() {
    return !has("data_format", "NCHW")
        && numbers(node, "strides").stream().allMatch(each -> each == 1);
  }

  private static List<Long> numbers(NodeDef node, String name) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance()).getList().getIList();
  }

  /** Before and behind each of the four axes; empty where nothing is padded. */
  private List<Long> amounts(TensorShape kernel) {
    if (has("padding", "EXPLICIT")) {
      return numbers(node, AMOUNTS);
    }
    if (has("padding", "VALID")) {
      return List.of();
    }
    long height = numbers(node, DILATIONS).get(HEIGHT) * (kernel.sizes().get(0) - 1);
    long width = numbers(node, DILATIONS).get(HEIGHT + 1) * (kernel.sizes().get(1) - 1);
    return LongStream.of(0, 0, height / 2, height - height / 2, width / 2, width - width / 2, 0, 0)
        .boxed()
        .toList();
  }

  private TensorId padded(TensorId x, List<Long> amounts) {
    int[] numbers = amounts.stream().mapToInt(Math::toIntExact).toArray();
    TensorId shape = nodes.vector("amounts_shape", numbers.length / 2, 2);
    TensorId flat = nodes.vector("amounts", numbers);
    TensorId paddings = nodes.reshape("paddings", flat, DataType.DT_INT32, shape);
    return nodes
        .node("Pad", "padded", x, paddings)
        .attribute("T", dtype)
        .attribute("Tpaddings", DataType.DT_INT32)
        .add();
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
    return nodes.vector(
        name,
        Math.toIntExact(numbers(node, DILATIONS).get(HEIGHT)),
        Math.toIntExact(numbers(node, DILATIONS).get(HEIGHT + 1)));
  }

  private TensorId inBlocks(String op, TensorId x, TensorId rest) {
    return nodes
        .node(op, op, x, block(op + "_block"), rest)
        .attribute("T", dtype)
        .attribute("Tblock_shape", DataType.DT_INT32)
        .attribute(op.equals("SpaceToBatchND") ? "Tpaddings" : "Tcrops", DataType.DT_INT32)
        .add();
  }

  /** Without padding and dilations. */
  private NodeDef plain() {
    AttrValue valid = AttrValue.newBuilder().setS(ByteString.copyFromUtf8("VALID")).build();
    return node.toBuilder()
        .putAttr("padding", valid)
        .removeAttr(AMOUNTS)
        .removeAttr(DILATIONS)
        .build();
  }
}

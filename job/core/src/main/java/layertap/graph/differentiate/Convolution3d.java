package layertap.graph.differentiate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * A convolution over three axes as a sum of convolutions over two, one for each slice of its
 * kernel.
 *
 * <pre>
 *   x [n, d, h, w, c] ─▶ Pad ─┬▶ each sd-th from 0 ─▶ [n d', h, w, c] ─▶ Conv2D(kernel[0]) ─▶ AddN
 *                             └▶ each sd-th from 1 ─▶ [n d', h, w, c] ─▶ Conv2D(kernel[1]) ──▲
 * </pre>
 */
final class Convolution3d {
  /** Of the masks of a StridedSlice over five axes: all but the second. */
  private static final long ALL_BUT_DEPTH = 0b11101;

  private static final int DEPTH = 1;

  private final NodeDef node;
  private final NodeDefs nodes;
  private final DataType dtype;
  private final List<Long> sizes;
  private final List<Long> kernel;

  private Convolution3d(
      NodeDef node, NodeDefs nodes, DataType dtype, List<Long> sizes, List<Long> kernel) {
    this.node = node;
    this.nodes = nodes;
    this.dtype = dtype;
    this.sizes = sizes;
    this.kernel = kernel;
  }

  /** The sum; none if the sizes of the axes are open. */
  static Optional<TensorId> replace(
      NodeDef node,
      TensorId x,
      TensorId filter,
      DataType dtype,
      Function<TensorId, TensorShape> shapes,
      NodeDefs nodes) {
    TensorShape shape = shapes.apply(x);
    TensorShape kernel = shapes.apply(filter);
    boolean isKnown =
        shape.isRankKnown()
            && shape.withoutBatch().isFullyKnown()
            && kernel.isFullyKnown()
            && attribute(node, "data_format").getS().toStringUtf8().matches("|NDHWC");
    return isKnown
        ? Optional.of(
            new Convolution3d(node, nodes, dtype, shape.sizes(), kernel.sizes()).sum(x, filter))
        : Optional.empty();
  }

  private static AttrValue attribute(NodeDef node, String name) {
    return node.getAttrOrDefault(name, AttrValue.getDefaultInstance());
  }

  private long stride(int axis) {
    return attribute(node, "strides").getList().getI(axis);
  }

  private long dilation(int axis) {
    AttrValue dilations = attribute(node, "dilations");
    return dilations.getList().getICount() == 0 ? 1 : dilations.getList().getI(axis);
  }

  private boolean isSame() {
    return attribute(node, "padding").getS().toStringUtf8().equals("SAME");
  }

  /** How far the kernel reaches along an axis of the input. */
  private long reach(int axis) {
    return (kernel.get(axis - 1) - 1) * dilation(axis) + 1;
  }

  private long outputSize(int axis) {
    long places = isSame() ? sizes.get(axis) : sizes.get(axis) - reach(axis) + 1;
    return (places + stride(axis) - 1) / stride(axis);
  }

  private TensorId sum(TensorId x, TensorId filter) {
    long depth = outputSize(DEPTH);
    TensorId padded = padded(x);
    List<TensorId> terms = new ArrayList<>();
    for (int slice = 0; slice < kernel.get(0); slice++) {
      terms.add(term(slice, padded, filter, depth));
    }
    TensorId sum =
        nodes
            .node("AddN", "sum", terms.toArray(TensorId[]::new))
            .attribute("N", terms.size())
            .attribute("T", dtype)
            .add();
    return reshaped(
        "result", sum, -1, depth, outputSize(2), outputSize(3), kernel.get(kernel.size() - 1));
  }

  private TensorId padded(TensorId x) {
    long missing = (outputSize(DEPTH) - 1) * stride(DEPTH) + reach(DEPTH) - sizes.get(DEPTH);
    if (!isSame() || missing <= 0) {
      return x;
    }
    int before = (int) (missing / 2);
    int after = (int) (missing - before);
    TensorId listed = nodes.vector("padding_listed", 0, 0, before, after, 0, 0, 0, 0, 0, 0);
    TensorId padding =
        nodes
            .node("Reshape", "padding", listed, nodes.vector("padding_sizes", 5, 2))
            .attribute("T", DataType.DT_INT32)
            .attribute("Tshape", DataType.DT_INT32)
            .add();
    return nodes
        .node("Pad", "padded", x, padding)
        .attribute("T", dtype)
        .attribute("Tpaddings", DataType.DT_INT32)
        .add();
  }

  private TensorId term(int slice, TensorId padded, TensorId filter, long depth) {
    String name = "slice_" + slice;
    int from = (int) (slice * dilation(DEPTH));
    int to = (int) (from + (depth - 1) * stride(DEPTH) + 1);
    TensorId chosen =
        nodes
            .node(
                "StridedSlice",
                name,
                padded,
                nodes.vector(name + "_from", 0, from, 0, 0, 0),
                nodes.vector(name + "_to", 0, to, 0, 0, 0),
                nodes.vector(name + "_by", 1, (int) stride(DEPTH), 1, 1, 1))
            .attribute("T", dtype)
            .attribute("Index", DataType.DT_INT32)
            .attribute("begin_mask", ALL_BUT_DEPTH)
            .attribute("end_mask", ALL_BUT_DEPTH)
            .add();
    TensorId images =
        reshaped(name + "_images", chosen, -1, sizes.get(2), sizes.get(3), sizes.get(4));
    TensorId plane =
        nodes
            .node(
                "StridedSlice",
                name + "_kernel",
                filter,
                nodes.vector(name + "_kernel_from", new int[] {slice}),
                nodes.vector(name + "_kernel_to", new int[] {slice + 1}),
                nodes.vector(name + "_kernel_by", new int[] {1}))
            .attribute("T", dtype)
            .attribute("Index", DataType.DT_INT32)
            .attribute("shrink_axis_mask", 1)
            .add();
    return nodes
        .node("Conv2D", name + "_convolved", images, plane)
        .attribute("T", dtype)
        .attribute("strides", List.of(1L, stride(2), stride(3), 1L))
        .attribute("dilations", List.of(1L, dilation(2), dilation(3), 1L))
        .attribute("padding", isSame() ? "SAME" : "VALID")
        .add();
  }

  private TensorId reshaped(String name, TensorId tensor, long... shape) {
    int[] whole = new int[shape.length];
    for (int i = 0; i < whole.length; i++) {
      whole[i] = (int) shape[i];
    }
    return nodes
        .node("Reshape", name, tensor, nodes.vector(name + "_sizes", whole))
        .attribute("T", dtype)
        .attribute("Tshape", DataType.DT_INT32)
        .add();
  }
}

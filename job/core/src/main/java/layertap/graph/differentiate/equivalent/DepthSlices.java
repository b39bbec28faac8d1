package layertap.graph.differentiate.equivalent;

import java.util.List;
import java.util.stream.LongStream;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * What the two directions of a convolution over depth, height and width share: its window, and the
 * ops that take the kernel and the images apart along the depth, which is axis 1. Adds nodes to
 * {@code nodes}.
 *
 * @param node a {@code Conv3D} or {@code Conv3DBackpropInputV2} of the format {@code NDHWC}
 * @param nodes where ops are added
 * @param dtype of the images and the kernel
 * @param kernel its sizes: depth, height, width, channels of the larger side, of the smaller side
 */
record DepthSlices(NodeDef node, NodeDefs nodes, DataType dtype, List<Long> kernel) {
  static final int DEPTH = 1;

  private static final int RANK = 5;

  /** Whether the batch comes first and the channels last, as all kernels on CPUs ask. */
  static boolean hasChannelsLast(NodeDef node) {
    return Attributes.text(node, "data_format").matches("|NDHWC");
  }

  long stride(int axis) {
    return Attributes.numbers(node, "strides").get(axis);
  }

  long dilation(int axis) {
    List<Long> dilations = Attributes.numbers(node, "dilations");
    return dilations.isEmpty() ? 1 : dilations.get(axis);
  }

  boolean isSame() {
    return Attributes.text(node, "padding").equals("SAME");
  }

  /** How far the kernel reaches along an axis of what it slides over. */
  long reach(int axis) {
    return (kernel.get(axis - 1) - 1) * dilation(axis) + 1;
  }

  /**
   * How many zeros stand around what the kernel slides over along the depth.
   *
   * @param size of what it slides over
   * @param places how many places it takes
   */
  int padding(long size, long places) {
    long missing = (places - 1) * stride(DEPTH) + reach(DEPTH) - size;
    return isSame() ? (int) Math.max(missing, 0) : 0;
  }

  /** A slice of the kernel across its depth: a kernel over height and width. */
  TensorId plane(String name, TensorId filter, int slice) {
    return nodes
        .node(
            "StridedSlice",
            name,
            filter,
            nodes.vector(name + "_from", new int[] {slice}),
            nodes.vector(name + "_to", new int[] {slice + 1}),
            nodes.vector(name + "_by", new int[] {1}))
        .attribute("T", dtype)
        .attribute("Index", DataType.DT_INT32)
        .attribute("shrink_axis_mask", 1)
        .add();
  }

  /** Each {@code by}-th along the depth. */
  TensorId strided(String name, TensorId images, int rank, int from, int to, int by) {
    int[] first = new int[rank];
    int[] last = new int[rank];
    int[] step = LongStream.range(0, rank).mapToInt(axis -> 1).toArray();
    first[DEPTH] = from;
    last[DEPTH] = to;
    step[DEPTH] = by;
    long others = ((1L << rank) - 1) & ~(1L << DEPTH);
    return nodes
        .node(
            "StridedSlice",
            name,
            images,
            nodes.vector(name + "_from", first),
            nodes.vector(name + "_to", last),
            nodes.vector(name + "_by", step))
        .attribute("T", dtype)
        .attribute("Index", DataType.DT_INT32)
        .attribute("begin_mask", others)
        .attribute("end_mask", others)
        .add();
  }

  /** Zeros before and after along an axis. */
  TensorId padded(String name, TensorId images, int rank, int axis, int before, int after) {
    int[] counts = new int[2 * rank];
    counts[2 * axis] = before;
    counts[2 * axis + 1] = after;
    return nodes.padded(name, images, dtype, counts);
  }

  TensorId reshaped(String name, TensorId tensor, long... shape) {
    int[] sizes = LongStream.of(shape).mapToInt(Math::toIntExact).toArray();
    return nodes.reshape(name, tensor, dtype, nodes.vector(name + "_sizes", sizes));
  }

  /** An op over height and width of the same strides and dilations. */
  TensorId convolved(String op, String name, TensorId... inputs) {
    return nodes
        .node(op, name, inputs)
        .attribute("T", dtype)
        .attribute("strides", List.of(1L, stride(2), stride(3), 1L))
        .attribute("dilations", List.of(1L, dilation(2), dilation(3), 1L))
        .attribute("padding", isSame() ? "SAME" : "VALID")
        .add();
  }

  TensorId sum(List<TensorId> terms) {
    return nodes.sum("sum", terms, dtype);
  }

  /** The images with their depth as an axis of its own again. */
  TensorId stacked(String name, TensorId images, List<Long> sizes) {
    long[] shape = new long[RANK];
    for (int axis = 0; axis < RANK; axis++) {
      shape[axis] = axis == 0 ? -1 : sizes.get(axis);
    }
    return reshaped(name, images, shape);
  }
}

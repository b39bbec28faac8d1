package layertap.graph.differentiate.equivalent;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
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
  private static final int DEPTH = DepthSlices.DEPTH;

  private final DepthSlices slices;
  private final List<Long> sizes;

  private Convolution3d(DepthSlices slices, List<Long> sizes) {
    this.slices = slices;
    this.sizes = sizes;
  }

  /** The sum; none if the sizes of the axes are open, or the channels are in groups. */
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
            && shape.sizes().get(4).equals(kernel.sizes().get(3))
            && DepthSlices.hasChannelsLast(node);
    if (!isKnown) {
      return Optional.empty();
    }
    DepthSlices slices = new DepthSlices(node, nodes, dtype, kernel.sizes());
    return Optional.of(new Convolution3d(slices, shape.sizes()).sum(x, filter));
  }

  private long outputSize(int axis) {
    long places = slices.isSame() ? sizes.get(axis) : sizes.get(axis) - slices.reach(axis) + 1;
    return (places + slices.stride(axis) - 1) / slices.stride(axis);
  }

  private TensorId sum(TensorId x, TensorId filter) {
    long depth = outputSize(DEPTH);
    TensorId padded = padded(x, slices.padding(sizes.get(DEPTH), depth));
    List<TensorId> terms = new ArrayList<>();
    for (int slice = 0; slice < slices.kernel().get(0); slice++) {
      terms.add(term(slice, padded, filter, depth));
    }
    List<Long> result = List.of(-1L, depth, outputSize(2), outputSize(3), slices.kernel().get(4));
    return slices.stacked("result", slices.sum(terms), result);
  }

  private TensorId padded(TensorId x, int missing) {
    int before = missing / 2;
    return missing == 0
        ? x
        : slices.padded("padded", x, sizes.size(), DEPTH, before, missing - before);
  }

  private TensorId term(int slice, TensorId padded, TensorId filter, long depth) {
    String name = "slice_" + slice;
    int stride = (int) slices.stride(DEPTH);
    int from = (int) (slice * slices.dilation(DEPTH));
    int to = (int) (from + (depth - 1) * stride + 1);
    TensorId chosen = slices.strided(name, padded, sizes.size(), from, to, stride);
    TensorId images =
        slices.reshaped(name + "_images", chosen, -1, sizes.get(2), sizes.get(3), sizes.get(4));
    TensorId plane = slices.plane(name + "_kernel", filter, slice);
    return slices.convolved("Conv2D", name + "_convolved", images, plane);
  }
}

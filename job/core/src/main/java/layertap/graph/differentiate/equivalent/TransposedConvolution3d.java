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
 * A transposed convolution over three axes as a sum of such over two, one for each slice of its
 * kernel, each moved along the depth to where its slice lies.
 *
 * <pre>
 *   x [n, d, h, w, c] ─▶ [n d, h, w, c] ─┬▶ Conv2DBackpropInput(kernel[0]) ─▶ zeros between, moved by 0 ─▶ AddN
 *                                        └▶ Conv2DBackpropInput(kernel[1]) ─▶ zeros between, moved by 1 ──▲
 * </pre>
 */
final class TransposedConvolution3d {
  private final DepthSlices slices;
  private final NodeDefs nodes;
  private final List<Long> sizes;
  private final List<Long> result;
  private final int before;

  private TransposedConvolution3d(
      DepthSlices slices, NodeDefs nodes, List<Long> sizes, List<Long> result) {
    this.slices = slices;
    this.nodes = nodes;
    this.sizes = sizes;
    this.result = result;
    this.before = slices.padding(result.get(DepthSlices.DEPTH), sizes.get(DepthSlices.DEPTH)) / 2;
  }

  /** The sum; none if the sizes of the axes are open, or the channels are in groups. */
  static Optional<TensorId> replace(
      NodeDef node,
      TensorId filter,
      TensorId x,
      DataType dtype,
      Function<TensorId, TensorShape> shapes,
      NodeDefs nodes) {
    TensorShape shape = shapes.apply(x);
    TensorShape kernel = shapes.apply(filter);
    TensorShape result = shapes.apply(new TensorId(node.getName(), 0));
    boolean isKnown =
        isKnownButBatch(shape)
            && isKnownButBatch(result)
            && kernel.isFullyKnown()
            && result.sizes().get(4).equals(kernel.sizes().get(3))
            && DepthSlices.hasChannelsLast(node);
    if (!isKnown) {
      return Optional.empty();
    }
    DepthSlices slices = new DepthSlices(node, nodes, dtype, kernel.sizes());
    return Optional.of(
        new TransposedConvolution3d(slices, nodes, shape.sizes(), result.sizes()).sum(x, filter));
  }

  private static boolean isKnownButBatch(TensorShape shape) {
    return shape.isRankKnown() && shape.withoutBatch().isFullyKnown();
  }

  private TensorId sum(TensorId x, TensorId filter) {
    TensorId images = slices.reshaped("images", x, -1, sizes.get(2), sizes.get(3), sizes.get(4));
    // Of two numbers they are height and width alone.
    TensorId size =
        nodes.vector("size", Math.toIntExact(result.get(2)), Math.toIntExact(result.get(3)));
    List<TensorId> terms = new ArrayList<>();
    for (int slice = 0; slice < slices.kernel().get(0); slice++) {
      String name = "slice_" + slice;
      TensorId plane = slices.plane(name + "_kernel", filter, slice);
      TensorId convolved =
          slices.convolved("Conv2DBackpropInput", name + "_convolved", size, plane, images);
      terms.add(moved(name, convolved, slice));
    }
    return slices.stacked("result", slices.sum(terms), result);
  }

  /** What a slice of the kernel gives, [n, depth of the result, the other axes as one]. */
  private TensorId moved(String name, TensorId convolved, int slice) {
    long depth = sizes.get(DepthSlices.DEPTH);
    long stride = slices.stride(DepthSlices.DEPTH);
    long others = result.get(2) * result.get(3) * result.get(4);
    TensorId apart = slices.reshaped(name + "_apart", convolved, -1, depth, 1, others);
    TensorId spread =
        stride == 1
            ? apart
            : slices.padded(name + "_spread", apart, 4, 2, 0, Math.toIntExact(stride - 1));
    TensorId whole = slices.reshaped(name + "_whole", spread, -1, depth * stride, others);
    int from = Math.toIntExact(slice * slices.dilation(DepthSlices.DEPTH)) - before;
    int length = Math.toIntExact(result.get(DepthSlices.DEPTH));
    int after = Math.toIntExact(Math.max(length - from - depth * stride, 0));
    TensorId padded = slices.padded(name + "_moved", whole, 3, 1, Math.max(from, 0), after);
    int first = Math.max(-from, 0);
    return slices.strided(name, padded, 3, first, first + length, 1);
  }
}

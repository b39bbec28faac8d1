package layertap.model.gradient.build;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.DataType;

/** Adds the ops that make a feature of derivatives, whose first axes have the rows. */
final class FormOps {
  private final NodeDefs nodes;
  private final DataType dtype;

  /**
   * Adds to nodes.
   *
   * @param dtype in which is computed
   */
  FormOps(NodeDefs nodes, DataType dtype) {
    this.nodes = nodes;
    this.dtype = dtype;
  }

  TensorId sum(List<TensorId> terms) {
    TensorId sum = terms.get(0);
    for (int i = 1; i < terms.size(); i++) {
      sum = binary("AddV2", "sum_" + i, sum, terms.get(i));
    }
    return sum;
  }

  TensorId product(String name, TensorId left, TensorId right) {
    return binary("Mul", name, left, right);
  }

  private TensorId binary(String op, String name, TensorId left, TensorId right) {
    return nodes.node(op, name, left, right).attribute("T", dtype).add();
  }

  /**
   * The map of where the channels of one call, or of several, speak for the score.
   *
   * @param values [rows, space…, channels]
   * @param gradients of the same shapes
   * @param rank number of axes
   * @return [rows, space…]
   */
  TensorId map(List<TensorId> values, List<TensorId> gradients, int rank) {
    List<TensorId> maps = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      int[] space = IntStream.range(1, rank - 1).toArray();
      TensorId weights = reduced("Mean", "weights_" + i, gradients.get(i), true, space);
      TensorId weighted = product("weighted_" + i, values.get(i), weights);
      maps.add(reduced("Sum", "map_" + i, weighted, false, rank - 1));
    }
    return nodes.node("Relu", "map", sum(maps)).attribute("T", dtype).add();
  }

  private TensorId reduced(String op, String name, TensorId value, boolean keeps, int... axes) {
    return nodes
        .node(op, name, value, nodes.vector(name + "_axes", axes))
        .attribute("T", dtype)
        .attribute("Tidx", DataType.DT_INT32)
        .attribute("keep_dims", keeps)
        .add();
  }

  /** A map [rows, height, width] of another size, of float32, as tf.image.resize makes it. */
  TensorId resized(TensorId map, List<Integer> size) {
    TensorId image =
        nodes
            .node("ExpandDims", "image", map, nodes.scalar("channel_axis", -1))
            .attribute("T", dtype)
            .attribute("Tdim", DataType.DT_INT32)
            .add();
    TensorId sides = nodes.vector("size", size.get(0), size.get(1));
    TensorId resized =
        nodes
            .node("ResizeBilinear", "resized", image, sides)
            .attribute("T", dtype)
            .attribute("align_corners", false)
            .attribute("half_pixel_centers", true)
            .add();
    return nodes
        .node("Squeeze", "resized_map", resized)
        .attribute("T", DataType.DT_FLOAT)
        .attribute("squeeze_dims", List.of(3L))
        .add();
  }

  /** The shape of a map, resized or not. */
  static TensorShape shapeOfMap(TensorShape shape, List<Integer> size) {
    List<Long> sizes = shape.sizes();
    return TensorShape.of(
        size.isEmpty()
            ? sizes.subList(0, sizes.size() - 1)
            : Stream.concat(Stream.of(sizes.get(0)), size.stream().map(Integer::longValue))
                .toList());
  }
}

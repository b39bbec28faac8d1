package layertap.input.image;

import java.util.Locale;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.DataType;

/** Adds the ops that bring images of any size to one. */
final class ImageResize {
  private final NodeDefs nodes;
  private final ImageOptions options;
  private final TensorId target;
  private final TensorId zero;

  ImageResize(NodeDefs nodes, ImageOptions options) {
    this.nodes = nodes;
    this.options = options;
    this.target = nodes.vector("target", options.size().get(0), options.size().get(1));
    this.zero = nodes.vector("zero", 0);
  }

  /**
   * Adds them.
   *
   * @param image [height, width, channels] of uint8
   * @return [1, height, width, channels] of float32
   */
  TensorId add(TensorId image) {
    return switch (options.fit()) {
      case CROP -> resized(batch(middle(image)), target);
      case PAD -> padded(image);
      case STRETCH -> resized(batch(image), target);
      case NONE -> throw new IllegalArgumentException("images keep their size");
    };
  }

  /** What Keras' {@code smart_resize} cuts out: all that it can of the target's aspect ratio. */
  private TensorId middle(TensorId image) {
    TensorId size = toLong("size_long", size(image));
    TensorId aspect = toLong("aspect", target);
    TensorId product = wide("Mul", "product", reversed("across", size), aspect);
    TensorId fitting = wide("FloorDiv", "fitting", product, reversed("aspect_across", aspect));
    TensorId smaller = wide("Minimum", "smaller", size, fitting);
    TensorId one = toLong("one_long", nodes.scalar("one_pixel", 1));
    TensorId kept = wide("Maximum", "kept", smaller, one);
    TensorId rest = wide("Sub", "rest", size, kept);
    TensorId two = toLong("two_long", nodes.scalar("two", 2));
    TensorId begin =
        joined("crop_begin", toInt("begin", wide("FloorDiv", "half", rest, two)), zero);
    TensorId all = nodes.vector("all_channels", -1);
    return nodes
        .node("Slice", "middle", image, begin, joined("crop_size", toInt("kept_int", kept), all))
        .attribute("T", DataType.DT_UINT8)
        .attribute("Index", DataType.DT_INT32)
        .add();
  }

  /** In the steps of {@code tf.image.resize_with_pad}; a side is one pixel long at least. */
  private TensorId padded(TensorId image) {
    TensorId size = toFloat("size_float", size(image));
    TensorId wanted = toFloat("target_float", target);
    TensorId ratio =
        nodes
            .node("Max", "ratio", real("RealDiv", "ratios", size, wanted), nodes.scalar("axis", 0))
            .attribute("T", DataType.DT_FLOAT)
            .attribute("Tidx", DataType.DT_INT32)
            .add();
    TensorId exact = real("RealDiv", "exact", size, ratio);
    TensorId one = nodes.scalar("one_pixel", 1);
    TensorId inner = whole("Maximum", "inner", floor("exact", exact), one);
    TensorId rest = real("Sub", "rest", wanted, exact);
    TensorId half = floor("half", real("RealDiv", "rest_half", rest, nodes.scalar("two", 2f)));
    TensorId before = whole("Maximum", "before", half, nodes.scalar("no_pixel", 0));
    TensorId after = whole("Sub", "after", whole("Sub", "right", target, before), inner);
    TensorId paddings =
        nodes
            .node("Pack", "paddings", framed("first", before), framed("last", after))
            .attribute("T", DataType.DT_INT32)
            .attribute("N", 2)
            .attribute("axis", 1)
            .add();
    return nodes
        .node("Pad", "padded", resized(batch(image), inner), paddings)
        .attribute("T", DataType.DT_FLOAT)
        .attribute("Tpaddings", DataType.DT_INT32)
        .add();
  }

  /** A vector of four: nothing for batch and channels. */
  private TensorId framed(String name, TensorId pair) {
    return joined(name, joined(name + "_batch", zero, pair), zero);
  }

  private TensorId resized(TensorId batch, TensorId size) {
    return switch (options.resize()) {
      case BILINEAR ->
          options.antialias()
              ? scaled("triangle", batch, size)
              : centred("ResizeBilinear", batch, size);
      case BICUBIC ->
          options.antialias()
              ? scaled("keyscubic", batch, size)
              : centred("ResizeBicubic", batch, size);
      case NEAREST -> toFloat(centred("ResizeNearestNeighbor", batch, size));
      case AREA ->
          nodes.node("ResizeArea", "resize", batch, size).attribute("T", DataType.DT_UINT8).add();
      case LANCZOS3, LANCZOS5 ->
          scaled(options.resize().name().toLowerCase(Locale.ROOT), batch, size);
    };
  }

  private TensorId centred(String op, TensorId batch, TensorId size) {
    return nodes
        .node(op, "resize", batch, size)
        .attribute("T", DataType.DT_UINT8)
        .attribute("half_pixel_centers", true)
        .add();
  }

  private TensorId scaled(String kernel, TensorId batch, TensorId size) {
    TensorId shape = nodes.sizes("batch_shape", batch, DataType.DT_UINT8);
    TensorId from = pair("batch_size", shape, 1);
    TensorId scale =
        real("RealDiv", "scale", toFloat("to_float", size), toFloat("from_float", from));
    TensorId translation = nodes.vector("translation", 0f, 0f);
    return nodes
        .node("ScaleAndTranslate", "resize", batch, size, scale, translation)
        .attribute("T", DataType.DT_UINT8)
        .attribute("kernel_type", kernel)
        .attribute("antialias", options.antialias())
        .add();
  }

  private TensorId batch(TensorId image) {
    return nodes
        .node("ExpandDims", "batch", image, nodes.scalar("batch_axis", 0))
        .attribute("T", DataType.DT_UINT8)
        .attribute("Tdim", DataType.DT_INT32)
        .add();
  }

  /** [height, width]. */
  private TensorId size(TensorId image) {
    return pair("size", nodes.sizes("shape", image, DataType.DT_UINT8), 0);
  }

  private TensorId pair(String name, TensorId vector, int from) {
    TensorId begin = nodes.vector(name + "_begin", from);
    return nodes
        .node("Slice", name, vector, begin, nodes.vector(name + "_length", 2))
        .attribute("T", DataType.DT_INT32)
        .attribute("Index", DataType.DT_INT32)
        .add();
  }

  private TensorId joined(String name, TensorId first, TensorId second) {
    return nodes
        .node("ConcatV2", name, first, second, nodes.scalar(name + "_axis", 0))
        .attribute("T", DataType.DT_INT32)
        .attribute("N", 2)
        .attribute("Tidx", DataType.DT_INT32)
        .add();
  }

  private TensorId reversed(String name, TensorId vector) {
    return nodes
        .node("ReverseV2", name, vector, nodes.vector(name + "_axis", 0))
        .attribute("T", DataType.DT_INT64)
        .attribute("Tidx", DataType.DT_INT32)
        .add();
  }

  private TensorId floor(String name, TensorId value) {
    TensorId floor =
        nodes.node("Floor", name + "_floor", value).attribute("T", DataType.DT_FLOAT).add();
    return nodes.cast(name + "_int", floor, DataType.DT_FLOAT, DataType.DT_INT32);
  }

  private TensorId real(String op, String name, TensorId left, TensorId right) {
    return nodes.node(op, name, left, right).attribute("T", DataType.DT_FLOAT).add();
  }

  private TensorId whole(String op, String name, TensorId left, TensorId right) {
    return nodes.node(op, name, left, right).attribute("T", DataType.DT_INT32).add();
  }

  /** Of int64: a side times a side may be larger than an int32. */
  private TensorId wide(String op, String name, TensorId left, TensorId right) {
    return nodes.node(op, name, left, right).attribute("T", DataType.DT_INT64).add();
  }

  private TensorId toFloat(TensorId image) {
    return nodes.cast("float", image, DataType.DT_UINT8, DataType.DT_FLOAT);
  }

  private TensorId toFloat(String name, TensorId whole) {
    return nodes.cast(name, whole, DataType.DT_INT32, DataType.DT_FLOAT);
  }

  private TensorId toLong(String name, TensorId whole) {
    return nodes.cast(name, whole, DataType.DT_INT32, DataType.DT_INT64);
  }

  private TensorId toInt(String name, TensorId wide) {
    return nodes.cast(name, wide, DataType.DT_INT64, DataType.DT_INT32);
  }
}

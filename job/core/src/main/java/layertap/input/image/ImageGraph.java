package layertap.input.image;

import java.util.List;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.input.image.ImageOptions.Channels;
import layertap.input.image.ImageOptions.Fit;
import layertap.input.image.decode.Orientation;
import org.tensorflow.proto.DataType;

/**
 * Builds the graph that does to an encoded image what {@code tf.io.decode_image}, {@code
 * tf.image.resize} and {@code preprocess_input} do in Python, with the same kernels.
 */
final class ImageGraph {
  /** As in {@code tf.image.rgb_to_grayscale}. */
  private static final float[] LUMINANCE = {0.2989f, 0.5870f, 0.1140f};

  private final NodeDefs nodes = new NodeDefs("");
  private final ImageOptions options;
  private final TensorId contents;
  private final TensorId result;

  /**
   * Builds it.
   *
   * @param options with a size, unless images keep their own
   * @param dtype that the model takes
   * @param decodesGrey whether the decoder makes one channel of a colour image; it does so for JPEG
   *     and PNG only
   * @param orientation of the images
   */
  ImageGraph(ImageOptions options, DataType dtype, boolean decodesGrey, Orientation orientation) {
    this.options = options;
    this.contents =
        nodes
            .node("Placeholder", "contents")
            .attribute("dtype", DataType.DT_STRING)
            .attribute("shape", TensorShape.of(List.of()))
            .add();
    TensorId pixels = centerCrop(resize(turn(decode(decodesGrey), orientation)));
    TensorId values = new ImagePixels(nodes, options).add(reorder(pixels));
    this.result = PixelTypes.add(nodes, values, dtype);
  }

  NodeDefs nodes() {
    return nodes;
  }

  /** The placeholder of the encoded bytes, a scalar. */
  TensorId contents() {
    return contents;
  }

  /** The tensor [height, width, channels]. */
  TensorId result() {
    return result;
  }

  /** [height, width, channels] of uint8; of an animation the first frame. */
  private TensorId decode(boolean decodesGrey) {
    boolean isGrey = options.channels() == Channels.GRAYSCALE;
    TensorId image =
        nodes
            .node("DecodeImage", "decode", contents)
            .attribute("channels", isGrey && decodesGrey ? 1 : 3)
            .attribute("dtype", DataType.DT_UINT8)
            .attribute("expand_animations", false)
            .add();
    return isGrey && !decodesGrey ? luminance(image) : image;
  }

  private TensorId luminance(TensorId image) {
    TensorId floats = nodes.cast("colour", image, DataType.DT_UINT8, DataType.DT_FLOAT);
    TensorId weighted =
        nodes
            .node("Mul", "weighted", floats, nodes.vector("luminance", LUMINANCE))
            .attribute("T", DataType.DT_FLOAT)
            .add();
    TensorId sum =
        nodes
            .node("Sum", "grey", weighted, nodes.vector("grey_axis", 2))
            .attribute("T", DataType.DT_FLOAT)
            .attribute("Tidx", DataType.DT_INT32)
            .attribute("keep_dims", true)
            .add();
    TensorId rounded =
        nodes.node("Round", "grey_rounded", sum).attribute("T", DataType.DT_FLOAT).add();
    return nodes.cast("grey_image", rounded, DataType.DT_FLOAT, DataType.DT_UINT8);
  }

  private TensorId turn(TensorId image, Orientation orientation) {
    TensorId turned = image;
    if (orientation.isTransposed()) {
      turned =
          nodes
              .node("Transpose", "transposed", turned, nodes.vector("columns_first", 1, 0, 2))
              .attribute("T", DataType.DT_UINT8)
              .attribute("Tperm", DataType.DT_INT32)
              .add();
    }
    if (!orientation.reversed().isEmpty()) {
      int[] axes = orientation.reversed().stream().mapToInt(Integer::intValue).toArray();
      turned =
          nodes
              .node("ReverseV2", "turned", turned, nodes.vector("turned_axes", axes))
              .attribute("T", DataType.DT_UINT8)
              .attribute("Tidx", DataType.DT_INT32)
              .add();
    }
    return turned;
  }

  private TensorId resize(TensorId image) {
    if (options.fit() == Fit.NONE) {
      return nodes.cast("pixels", image, DataType.DT_UINT8, DataType.DT_FLOAT);
    }
    return nodes
        .node("Squeeze", "pixels", new ImageResize(nodes, options).add(image))
        .attribute("T", DataType.DT_FLOAT)
        .attribute("squeeze_dims", List.of(0L))
        .add();
  }

  private TensorId centerCrop(TensorId pixels) {
    if (options.centerCrop().isEmpty()) {
      return pixels;
    }
    int height = options.centerCrop().get(0);
    int width = options.centerCrop().get(1);
    int top = (options.size().get(0) - height) / 2;
    int left = (options.size().get(1) - width) / 2;
    TensorId begin = nodes.vector("crop_from", top, left, 0);
    return nodes
        .node("Slice", "cropped", pixels, begin, nodes.vector("crop_to", height, width, -1))
        .attribute("T", DataType.DT_FLOAT)
        .attribute("Index", DataType.DT_INT32)
        .add();
  }

  private TensorId reorder(TensorId pixels) {
    return options.channels() == Channels.BGR
        ? ImagePixels.reversed(nodes, "reordered", pixels)
        : pixels;
  }
}

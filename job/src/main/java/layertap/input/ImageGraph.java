package layertap.input;

import java.util.List;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.DataType;

/**
 * Builds the graph that does to an encoded image what {@code tf.io.decode_image}, {@code
 * tf.image.resize} and {@code preprocess_input} do in Python, with the same kernels.
 */
final class ImageGraph {
  private final NodeDefs nodes = new NodeDefs("");
  private final ImageSettings settings;
  private final TensorId contents;
  private final TensorId result;

  ImageGraph(ImageSettings settings) {
    this.settings = settings;
    this.contents =
        nodes
            .node("Placeholder", "contents")
            .attribute("dtype", DataType.DT_STRING)
            .attribute("shape", TensorShape.of(List.of()))
            .add();
    this.result = preprocess(resize(decode()));
  }

  NodeDefs nodes() {
    return nodes;
  }

  /** The placeholder of the encoded bytes, a scalar. */
  TensorId contents() {
    return contents;
  }

  /** The tensor [height, width, 3]. */
  TensorId result() {
    return result;
  }

  /** [height, width, 3] of uint8; of an animation the first frame. */
  private TensorId decode() {
    return nodes
        .node("DecodeImage", "decode", contents)
        .attribute("channels", 3)
        .attribute("dtype", DataType.DT_UINT8)
        .attribute("expand_animations", false)
        .add();
  }

  private TensorId resize(TensorId image) {
    TensorId batch =
        nodes
            .node("ExpandDims", "batch", image, nodes.scalar("batch_axis", 0))
            .attribute("T", DataType.DT_UINT8)
            .attribute("Tdim", DataType.DT_INT32)
            .add();
    TensorId size = nodes.vector("size", settings.height(), settings.width());
    TensorId resized = resized(batch, size);
    return nodes
        .node("Squeeze", "pixels", resized)
        .attribute("T", DataType.DT_FLOAT)
        .attribute("squeeze_dims", List.of(0L))
        .add();
  }

  private TensorId resized(TensorId batch, TensorId size) {
    return switch (settings.resize()) {
      case BILINEAR -> resized("ResizeBilinear", batch, size);
      case BICUBIC -> resized("ResizeBicubic", batch, size);
      case NEAREST -> toFloat(resized("ResizeNearestNeighbor", batch, size));
      case AREA ->
          nodes.node("ResizeArea", "resize", batch, size).attribute("T", DataType.DT_UINT8).add();
    };
  }

  private TensorId resized(String op, TensorId batch, TensorId size) {
    return nodes
        .node(op, "resize", batch, size)
        .attribute("T", DataType.DT_UINT8)
        .attribute("half_pixel_centers", true)
        .add();
  }

  private TensorId toFloat(TensorId image) {
    return nodes
        .node("Cast", "float", image)
        .attribute("SrcT", DataType.DT_UINT8)
        .attribute("DstT", DataType.DT_FLOAT)
        .add();
  }

  private TensorId preprocess(TensorId pixels) {
    return switch (settings.preprocessing()) {
      case NONE -> pixels;
      case TF -> {
        TensorId scaled = binary("RealDiv", "scaled", pixels, nodes.scalar("half", 127.5f));
        yield binary("Sub", "centred", scaled, nodes.scalar("one", 1f));
      }
      case TORCH -> {
        TensorId scaled = binary("RealDiv", "scaled", pixels, nodes.scalar("full", 255f));
        TensorId mean = nodes.vector("mean", Preprocessing.TORCH_MEAN);
        TensorId centred = binary("Sub", "centred", scaled, mean);
        TensorId deviation = nodes.vector("std", Preprocessing.TORCH_STD);
        yield binary("RealDiv", "normalized", centred, deviation);
      }
      case CAFFE -> {
        TensorId reversed =
            nodes
                .node("ReverseV2", "bgr", pixels, nodes.vector("channel_axis", 2))
                .attribute("T", DataType.DT_FLOAT)
                .attribute("Tidx", DataType.DT_INT32)
                .add();
        TensorId mean = nodes.vector("mean", Preprocessing.CAFFE_MEAN_BGR);
        yield binary("Sub", "centred", reversed, mean);
      }
    };
  }

  private TensorId binary(String op, String name, TensorId left, TensorId right) {
    return nodes.node(op, name, left, right).attribute("T", DataType.DT_FLOAT).add();
  }
}

package layertap.input.image;

import java.util.List;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import org.tensorflow.proto.DataType;

/** Adds the arithmetic on pixels, operation for operation as {@code preprocess_input} does it. */
final class ImagePixels {
  private final NodeDefs nodes;
  private final ImageOptions options;

  ImagePixels(NodeDefs nodes, ImageOptions options) {
    this.nodes = nodes;
    this.options = options;
  }

  /** Adds it to pixels of 0 to 255, float32, the channels last. */
  TensorId add(TensorId pixels) {
    return scale(preprocess(pixels));
  }

  private TensorId preprocess(TensorId pixels) {
    return switch (options.preprocessing()) {
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
        TensorId mean = nodes.vector("mean", Preprocessing.CAFFE_MEAN_BGR);
        yield binary("Sub", "centred", reversed(nodes, "bgr", pixels), mean);
      }
    };
  }

  private TensorId scale(TensorId pixels) {
    PixelScaling scaling = options.scaling();
    TensorId value = pixels;
    if (scaling.scale() != 1) {
      value =
          binary("Mul", "own_scaled", value, nodes.scalar("own_scale", (float) scaling.scale()));
    }
    if (!scaling.mean().isEmpty()) {
      value = binary("Sub", "own_centred", value, vector("own_mean", scaling.mean()));
    }
    if (!scaling.deviation().isEmpty()) {
      value = binary("RealDiv", "own_normalized", value, vector("own_std", scaling.deviation()));
    }
    return value;
  }

  private TensorId vector(String name, List<Double> values) {
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i).floatValue();
    }
    return nodes.vector(name, floats);
  }

  private TensorId binary(String op, String name, TensorId left, TensorId right) {
    return nodes.node(op, name, left, right).attribute("T", DataType.DT_FLOAT).add();
  }

  /** The channels in the other order. */
  static TensorId reversed(NodeDefs nodes, String name, TensorId pixels) {
    return nodes
        .node("ReverseV2", name, pixels, nodes.vector(name + "_axis", 2))
        .attribute("T", DataType.DT_FLOAT)
        .attribute("Tidx", DataType.DT_INT32)
        .add();
  }
}

package layertap.input.image;

import layertap.graph.Dtype;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.model.feed.FeedPlaceholder;
import org.tensorflow.proto.DataType;

/** Brings pixels, which are float32 after resizing, to the dtype that a model takes. */
public final class PixelTypes {
  private static final long LARGEST_PIXEL = 255;

  private PixelTypes() {}

  /** Whether pixels can be values of a dtype. */
  public static boolean contains(DataType dtype) {
    return Dtype.isFloat(dtype) || isWhole(dtype);
  }

  /** Whether a dtype takes pixels only as whole numbers. */
  public static boolean isWhole(DataType dtype) {
    return Dtype.find(dtype).filter(PixelTypes::holdsPixels).isPresent();
  }

  private static boolean holdsPixels(Dtype dtype) {
    return dtype.isInteger() && dtype.fedAs().isPresent() && dtype.largest() >= LARGEST_PIXEL;
  }

  /**
   * Adds {@code tf.saturate_cast(tf.round(pixels), dtype)} for whole numbers, which leaves pixels
   * that were not interpolated as they are; else {@code tf.cast(pixels, dtype)}, in the dtype in
   * which values are fed.
   */
  static TensorId add(NodeDefs nodes, TensorId pixels, DataType dtype) {
    DataType fed = FeedPlaceholder.fedType(dtype);
    if (!isWhole(dtype)) {
      return fed == DataType.DT_FLOAT ? pixels : nodes.cast("wide", pixels, DataType.DT_FLOAT, fed);
    }
    TensorId whole = nodes.node("Round", "whole", pixels).attribute("T", DataType.DT_FLOAT).add();
    if (Dtype.find(dtype).filter(Dtype::isUnsigned).isPresent()) {
      whole = bound(nodes, "Maximum", "not_negative", whole, 0);
    }
    if (dtype == DataType.DT_UINT8) {
      whole = bound(nodes, "Minimum", "in_byte", whole, (float) LARGEST_PIXEL);
    }
    return nodes.cast("typed", whole, DataType.DT_FLOAT, fed);
  }

  private static TensorId bound(
      NodeDefs nodes, String op, String name, TensorId pixels, float bound) {
    return nodes
        .node(op, name, pixels, nodes.scalar(name + "_bound", bound))
        .attribute("T", DataType.DT_FLOAT)
        .add();
  }
}

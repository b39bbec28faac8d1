package layertap.input.image;

import java.util.Set;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.model.select.FeedPoint;
import org.tensorflow.proto.DataType;

/** Brings pixels, which are float32 after resizing, to the dtype that a model takes. */
public final class PixelTypes {
  private static final Set<DataType> FRACTIONS =
      Set.of(DataType.DT_FLOAT, DataType.DT_DOUBLE, DataType.DT_HALF, DataType.DT_BFLOAT16);

  /** All that hold 0 to 255. */
  private static final Set<DataType> WHOLE =
      Set.of(
          DataType.DT_UINT8,
          DataType.DT_INT16,
          DataType.DT_UINT16,
          DataType.DT_INT32,
          DataType.DT_UINT32,
          DataType.DT_INT64);

  private static final Set<DataType> UNSIGNED =
      Set.of(DataType.DT_UINT8, DataType.DT_UINT16, DataType.DT_UINT32);

  private PixelTypes() {}

  /** Whether pixels can be values of a dtype. */
  public static boolean take(DataType dtype) {
    return FRACTIONS.contains(dtype) || isWhole(dtype);
  }

  /** Whether a dtype takes pixels only as whole numbers. */
  public static boolean isWhole(DataType dtype) {
    return WHOLE.contains(dtype);
  }

  /**
   * Adds {@code tf.saturate_cast(tf.round(pixels), dtype)} for whole numbers, which leaves pixels
   * that were not interpolated as they are; else {@code tf.cast(pixels, dtype)}, in the dtype in
   * which values are fed.
   */
  static TensorId add(NodeDefs nodes, TensorId pixels, DataType dtype) {
    DataType fed = FeedPoint.fedType(dtype);
    if (!isWhole(dtype)) {
      return fed == DataType.DT_FLOAT ? pixels : nodes.cast("wide", pixels, DataType.DT_FLOAT, fed);
    }
    TensorId whole = nodes.node("Round", "whole", pixels).attribute("T", DataType.DT_FLOAT).add();
    if (UNSIGNED.contains(dtype)) {
      whole = bound(nodes, "Maximum", "not_negative", whole, 0);
    }
    if (dtype == DataType.DT_UINT8) {
      whole = bound(nodes, "Minimum", "in_byte", whole, 255);
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

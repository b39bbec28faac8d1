package layertap.model.feature;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/**
 * The form that a feature gets on its way to a column.
 *
 * @param pool over the axes between the batch and the channels
 * @param normalization of the values of a row
 * @param layout of the column
 * @param store precision of the column
 */
public record FeatureOptions(Pool pool, Normalization normalization, Layout layout, Store store)
    implements Serializable {
  /** The tensor as it is, flat. */
  public static final FeatureOptions PLAIN =
      new FeatureOptions(Pool.NONE, Normalization.NONE, Layout.ARRAY, Store.NATIVE);

  /** Reduction of the spatial axes of a map, or of the time axis of a sequence. */
  public enum Pool {
    NONE,
    AVG,
    MAX,
    FIRST,
    LAST
  }

  /** What all values of a row are divided by. */
  public enum Normalization {
    NONE,
    /** Their Euclidean norm. */
    L2
  }

  /** The type of the column. */
  public enum Layout {
    /** Flat, in row-major order. */
    ARRAY,
    /** Arrays of arrays, one level an axis. */
    NESTED,
    /** A dense vector of Spark ML. */
    VECTOR
  }

  /** How values are stored. */
  public enum Store {
    /** As numbers of the type that fits the tensor's. */
    NATIVE,
    /** Bytes of IEEE 754 binary16, little-endian. */
    FLOAT16,
    /** Bytes of bfloat16, little-endian. */
    BFLOAT16
  }

  public FeatureOptions {
    requireNonNull(pool, "pool is null");
    requireNonNull(normalization, "normalization is null");
    requireNonNull(layout, "layout is null");
    requireNonNull(store, "store is null");
  }
}

package layertap.spark.schema;

import static java.util.Objects.requireNonNull;

import layertap.tensor.NestedArrays;

/**
 * The values of one feature of one row, with their shape.
 *
 * <p>The values are a flat array in row-major order: {@code float[]}, {@code double[]}, {@code
 * int[]}, {@code long[]}, {@code boolean[]} or {@code String[]}.
 */
public final class ShapedValues {
  private final Object values;
  private final int[] shape;

  /** Keeps the arrays, does not copy them. */
  ShapedValues(Object values, int[] shape) {
    this.values = requireNonNull(values, "values is null");
    this.shape = requireNonNull(shape, "shape is null");
    NestedArrays.requireFilled(values, shape);
  }

  /** The sizes of the axes; none for a scalar. */
  public int[] shape() {
    return shape.clone();
  }

  /** The flat array itself. */
  public Object values() {
    return values;
  }

  /**
   * The flat values of a feature of floats.
   *
   * @throws ClassCastException if they are of another type
   */
  public float[] floats() {
    return (float[]) values;
  }

  /** Arrays of arrays, one level an axis, as in {@code float[][][]}; a boxed value for a scalar. */
  public Object nested() {
    return NestedArrays.of(values, shape);
  }
}

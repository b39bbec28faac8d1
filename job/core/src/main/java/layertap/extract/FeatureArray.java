package layertap.extract;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import layertap.tensor.NestedArrays;

/**
 * The values of one feature of one row, with their shape. Immutable but for the array of values,
 * which is handed out as it is.
 *
 * <p>The values are a flat array in row-major order: {@code float[]} for float32, and for float16
 * and bfloat16, whose values a float has exactly; {@code double[]} for float64, {@code int[]} for
 * int32, {@code long[]} for int64, {@code boolean[]} for bool, {@code String[]} for string.
 */
public final class FeatureArray {
  private final String name;
  private final String dtype;
  private final int[] shape;
  private final Object values;

  /**
   * Keeps the arrays, does not copy them.
   *
   * @param dtype TensorFlow's name of it
   * @param shape the sizes of the axes
   * @param values an array of the type that the dtype wants
   */
  public FeatureArray(String name, String dtype, int[] shape, Object values) {
    this.name = requireNonNull(name, "name is null");
    this.dtype = requireNonNull(dtype, "dtype is null");
    this.shape = requireNonNull(shape, "shape is null");
    this.values = requireNonNull(values, "values is null");
    NestedArrays.requireFilled(values, shape);
  }

  /** The name of its column in a job's output. */
  public String name() {
    return name;
  }

  /** The dtype in which a job stores it, by TensorFlow's name: {@code float32}. */
  public String dtype() {
    return dtype;
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
   * The flat values of a feature of float32, float16 or bfloat16.
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

  @Override
  public String toString() {
    return "%s %s%s".formatted(name, dtype, Arrays.toString(shape));
  }
}

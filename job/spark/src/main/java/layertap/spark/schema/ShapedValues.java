package layertap.spark.schema;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.Array;
import java.util.Arrays;

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
    int count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (count != Array.getLength(values)) {
      throw new IllegalArgumentException(
          Array.getLength(values) + " values do not fill the shape " + Arrays.toString(shape));
    }
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
    return nested(0, 0);
  }

  private Object nested(int axis, int position) {
    if (axis == shape.length) {
      return Array.get(values, position);
    }
    int[] rest = Arrays.copyOfRange(shape, axis, shape.length);
    Object array = Array.newInstance(values.getClass().getComponentType(), rest);
    int stride = Arrays.stream(rest).skip(1).reduce(1, (a, b) -> a * b);
    for (int i = 0; i < rest[0]; i++) {
      Array.set(array, i, nested(axis + 1, position + i * stride));
    }
    return array;
  }
}

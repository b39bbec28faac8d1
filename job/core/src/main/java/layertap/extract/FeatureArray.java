package layertap.extract;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.Array;
import java.util.Arrays;

/**
 * The values of one feature of one row, with their shape.
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
    int count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (count != Array.getLength(values)) {
      throw new IllegalArgumentException(
          "%s values do not fill the shape %s"
              .formatted(Array.getLength(values), Arrays.toString(shape)));
    }
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
    return nested(0, 0);
  }

  private Object nested(int axis, int position) {
    if (axis == shape.length) {
      return Array.get(values, position);
    }
    Class<?> element = values.getClass().getComponentType();
    if (axis == shape.length - 1) {
      Object slice = Array.newInstance(element, shape[axis]);
      System.arraycopy(values, position, slice, 0, shape[axis]);
      return slice;
    }
    int[] rest = Arrays.copyOfRange(shape, axis, shape.length);
    Object array = Array.newInstance(element, rest);
    int stride = Arrays.stream(rest).skip(1).reduce(1, (a, b) -> a * b);
    for (int i = 0; i < rest[0]; i++) {
      Array.set(array, i, nested(axis + 1, position + i * stride));
    }
    return array;
  }

  @Override
  public String toString() {
    return "%s %s%s".formatted(name, dtype, Arrays.toString(shape));
  }
}

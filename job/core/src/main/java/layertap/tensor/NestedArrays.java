package layertap.tensor;

import java.lang.reflect.Array;
import java.util.Arrays;

/** Flat arrays in row-major order, with the shape that their values fill. Thread-safe. */
public final class NestedArrays {
  private NestedArrays() {}

  /**
   * Checks that values fill a shape.
   *
   * @param values a flat array
   * @throws IllegalArgumentException if there are more or fewer
   */
  public static void requireFilled(Object values, int[] shape) {
    int count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (count != Array.getLength(values)) {
      throw new IllegalArgumentException(
          "%s values do not fill the shape %s"
              .formatted(Array.getLength(values), Arrays.toString(shape)));
    }
  }

  /**
   * Arrays of arrays, one level an axis, as in {@code float[][][]}; a boxed value for a scalar.
   *
   * @param values a flat array that fills the shape
   */
  public static Object of(Object values, int[] shape) {
    return of(values, shape, 0, 0);
  }

  private static Object of(Object values, int[] shape, int axis, int position) {
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
      Array.set(array, i, of(values, shape, axis + 1, position + i * stride));
    }
    return array;
  }
}

package layertap.input.value;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.Array;
import java.util.AbstractList;
import java.util.RandomAccess;

/**
 * A list of numbers in an array of them: an object is made of a number only when it is asked for.
 */
public final class NumberList extends AbstractList<Object> implements RandomAccess {
  private final Object array;
  private final int size;

  /**
   * Keeps the array, copies nothing.
   *
   * @param array of float, double, int or long
   */
  public NumberList(Object array) {
    this.array = requireNonNull(array, "array is null");
    this.size = Array.getLength(array);
  }

  /** The array itself. */
  Object array() {
    return array;
  }

  @Override
  public Object get(int index) {
    return Array.get(array, index);
  }

  @Override
  public int size() {
    return size;
  }
}

package layertap.input.value;

import static java.util.Objects.checkFromIndexSize;
import static java.util.Objects.checkIndex;
import static java.util.Objects.requireNonNull;

import java.lang.reflect.Array;
import java.util.AbstractList;
import java.util.RandomAccess;

/**
 * A list of numbers in an array of them: an object is made of a number only when it is asked for.
 */
public final class NumberList extends AbstractList<Object> implements RandomAccess {
  private final Object array;
  private final int first;
  private final int size;

  /**
   * Keeps the array, copies nothing.
   *
   * @param array of float, double, int or long
   */
  public NumberList(Object array) {
    this(array, 0, Array.getLength(requireNonNull(array, "array is null")));
  }

  /**
   * A part of an array, which is not copied.
   *
   * @param array of float, double, int or long
   * @param first the position of the first number
   * @param size how many
   */
  public NumberList(Object array, int first, int size) {
    this.array = requireNonNull(array, "array is null");
    this.first = first;
    this.size = size;
    checkFromIndexSize(first, size, Array.getLength(array));
  }

  /** Whether these are numbers of single precision. */
  boolean isOfFloats() {
    return array instanceof float[];
  }

  /** The numbers in an array, not copied if they are all that are in it. */
  Object array() {
    if (size == Array.getLength(array)) {
      return array;
    }
    Object part = Array.newInstance(array.getClass().getComponentType(), size);
    copy(0, part, 0, size);
    return part;
  }

  /** Copies numbers into an array of the same kind. */
  void copy(int from, Object target, int position, int count) {
    checkFromIndexSize(from, count, size);
    System.arraycopy(array, first + from, target, position, count);
  }

  @Override
  public Object get(int index) {
    return Array.get(array, first + checkIndex(index, size));
  }

  @Override
  public int size() {
    return size;
  }
}

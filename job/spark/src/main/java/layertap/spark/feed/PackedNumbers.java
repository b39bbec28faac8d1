package layertap.spark.feed;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import layertap.input.value.NumberList;
import layertap.spark.schema.NestedType;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Arrays of numbers, nested or not, as bytes: in a row, Spark makes an object of every number of an
 * array, and of bytes none. Packed and unpacked in one process.
 *
 * <p>The kind of the numbers, the depth of the nesting and whether some numbers are null; the
 * length of each array, before those of its arrays; a byte for each number, if some are null; and
 * all numbers, which so are copied at once.
 */
final class PackedNumbers {
  private static final List<DataType> KINDS =
      List.of(DataTypes.FloatType, DataTypes.DoubleType, DataTypes.IntegerType, DataTypes.LongType);

  /** Instead of a length: there is null where an array could be. */
  private static final int NO_ARRAY = -1;

  private static final int HEADER_BYTES = 3 + 2 * Integer.BYTES;

  private final DataType kind;
  private int[] lengths = new int[16];
  private int lengthCount;
  private long numberCount;
  private boolean hasNulls;
  private ByteBuffer nulls;
  private Buffer numbers;

  private PackedNumbers(DataType kind) {
    this.kind = kind;
  }

  /** Whether values of a type can be packed. */
  static boolean takes(DataType type) {
    NestedType nested = NestedType.of(type);
    return nested.depth() > 0 && KINDS.contains(nested.element());
  }

  /** The bytes of an array. */
  static byte[] pack(ArrayData array, ArrayType type) {
    NestedType nested = NestedType.of(type);
    PackedNumbers packed = new PackedNumbers(nested.element());
    packed.measure(array, type);
    byte[] bytes = packed.begin(nested.depth());
    packed.fill(array, type);
    return bytes;
  }

  private void measure(ArrayData array, ArrayType type) {
    int count = array.numElements();
    addLength(count);
    if (!(type.elementType() instanceof ArrayType inner)) {
      numberCount += count;
      hasNulls = hasNulls || (type.containsNull() && hasNull(array));
      return;
    }
    for (int i = 0; i < count; i++) {
      if (array.isNullAt(i)) {
        addLength(NO_ARRAY);
      } else {
        measure(array.getArray(i), inner);
      }
    }
  }

  private void addLength(int length) {
    if (lengthCount == lengths.length) {
      lengths = Arrays.copyOf(lengths, 2 * lengthCount);
    }
    lengths[lengthCount++] = length;
  }

  private static boolean hasNull(ArrayData array) {
    for (int i = 0; i < array.numElements(); i++) {
      if (array.isNullAt(i)) {
        return true;
      }
    }
    return false;
  }

  /** All bytes, of which those of nulls and numbers are to be filled. */
  private byte[] begin(int depth) {
    int nullBytes = hasNulls ? Math.toIntExact(numberCount) : 0;
    int numberBytes = Math.toIntExact(kind.defaultSize() * numberCount);
    long size = HEADER_BYTES + (long) Integer.BYTES * lengthCount + nullBytes + numberBytes;
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.toIntExact(size))
            .order(ByteOrder.nativeOrder())
            .put((byte) KINDS.indexOf(kind))
            .put((byte) depth)
            .put((byte) (hasNulls ? 1 : 0))
            .putInt(lengthCount)
            .putInt((int) numberCount);
    for (int i = 0; i < lengthCount; i++) {
      bytes.putInt(lengths[i]);
    }
    nulls = bytes.duplicate();
    numbers = numbersOf(bytes.position(bytes.position() + nullBytes));
    return bytes.array();
  }

  /** What follows, as numbers. */
  private Buffer numbersOf(ByteBuffer bytes) {
    return switch (KINDS.indexOf(kind)) {
      case 0 -> bytes.asFloatBuffer();
      case 1 -> bytes.asDoubleBuffer();
      case 2 -> bytes.asIntBuffer();
      default -> bytes.asLongBuffer();
    };
  }

  private void fill(ArrayData array, ArrayType type) {
    int count = array.numElements();
    if (type.elementType() instanceof ArrayType inner) {
      for (int i = 0; i < count; i++) {
        if (!array.isNullAt(i)) {
          fill(array.getArray(i), inner);
        }
      }
      return;
    }
    boolean isAnyNull = false;
    for (int i = 0; hasNulls && i < count; i++) {
      boolean isNull = array.isNullAt(i);
      nulls.put((byte) (isNull ? 1 : 0));
      isAnyNull |= isNull;
    }
    // Not every array gives its numbers at once if there is null among them: as objects, null is 0.
    ArrayData whole = isAnyNull ? new GenericArrayData(array.toObjectArray(kind)) : array;
    if (numbers instanceof FloatBuffer floats) {
      floats.put(whole.toFloatArray());
    } else if (numbers instanceof DoubleBuffer doubles) {
      doubles.put(whole.toDoubleArray());
    } else if (numbers instanceof IntBuffer ints) {
      ints.put(whole.toIntArray());
    } else {
      ((LongBuffer) numbers).put(whole.toLongArray());
    }
  }

  private static Object newArray(DataType kind, int count) {
    return switch (KINDS.indexOf(kind)) {
      case 0 -> new float[count];
      case 1 -> new double[count];
      case 2 -> new int[count];
      default -> new long[count];
    };
  }

  /** The lists that were packed: of numbers, of nulls and numbers, or of lists. */
  static List<Object> unpack(byte[] packed) {
    ByteBuffer bytes = ByteBuffer.wrap(packed).order(ByteOrder.nativeOrder());
    DataType kind = KINDS.get(bytes.get());
    int depth = bytes.get();
    boolean hasNulls = bytes.get() == 1;
    int[] lengths = new int[bytes.getInt()];
    int count = bytes.getInt();
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = bytes.getInt();
    }
    byte[] nulls = new byte[hasNulls ? count : 0];
    bytes.get(nulls);
    Object numbers = newArray(kind, count);
    if (numbers instanceof float[] floats) {
      bytes.asFloatBuffer().get(floats);
    } else if (numbers instanceof double[] doubles) {
      bytes.asDoubleBuffer().get(doubles);
    } else if (numbers instanceof int[] ints) {
      bytes.asIntBuffer().get(ints);
    } else {
      bytes.asLongBuffer().get((long[]) numbers);
    }
    return new Lists(depth, lengths, nulls, numbers).next(0);
  }

  /** Makes the lists one after another. */
  private static final class Lists {
    private final int depth;
    private final int[] lengths;
    private final byte[] nulls;
    private final Object numbers;
    private int made;
    private int used;

    Lists(int depth, int[] lengths, byte[] nulls, Object numbers) {
      this.depth = depth;
      this.lengths = lengths;
      this.nulls = nulls;
      this.numbers = numbers;
    }

    List<Object> next(int level) {
      int length = lengths[made++];
      if (length == NO_ARRAY) {
        return null;
      }
      if (level == depth - 1) {
        return nextNumbers(length);
      }
      List<Object> lists = new ArrayList<>(length);
      for (int i = 0; i < length; i++) {
        lists.add(next(level + 1));
      }
      return lists;
    }

    private List<Object> nextNumbers(int length) {
      int first = used;
      used += length;
      List<Object> list = new NumberList(numbers, first, length);
      if (nulls.length == 0) {
        return list;
      }
      List<Object> withNulls = new ArrayList<>(list);
      for (int i = 0; i < length; i++) {
        if (nulls[first + i] == 1) {
          withNulls.set(i, null);
        }
      }
      return withNulls;
    }
  }
}

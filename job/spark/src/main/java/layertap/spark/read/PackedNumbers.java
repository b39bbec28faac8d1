package layertap.spark.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import layertap.input.value.NumberList;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Arrays of numbers, nested or not, as bytes: in a row, Spark makes an object of every number of an
 * array, and of bytes none. Packed and unpacked in one process.
 *
 * <p>The kind of the numbers and the depth of the nesting; then of each array its length, followed
 * by its arrays, or by its numbers behind a byte that says whether some are null and, if so, a byte
 * for each.
 */
final class PackedNumbers {
  private static final List<DataType> KINDS =
      List.of(DataTypes.FloatType, DataTypes.DoubleType, DataTypes.IntegerType, DataTypes.LongType);

  private static final int NO_ARRAY = -1;
  private static final int HEADER_BYTES = 2;

  private ByteBuffer bytes;

  private PackedNumbers(int capacity) {
    this.bytes = ByteBuffer.allocate(capacity).order(ByteOrder.nativeOrder());
  }

  /** Whether values of a type can be packed. */
  static boolean takes(DataType type) {
    return type instanceof ArrayType && KINDS.contains(kind(type));
  }

  private static DataType kind(DataType type) {
    return type instanceof ArrayType array ? kind(array.elementType()) : type;
  }

  private static int depth(DataType type) {
    return type instanceof ArrayType array ? 1 + depth(array.elementType()) : 0;
  }

  /** The bytes of an array. */
  static byte[] pack(ArrayData array, ArrayType type) {
    PackedNumbers packed = new PackedNumbers(HEADER_BYTES + bytesWithoutNulls(array, type));
    packed.bytes.put((byte) KINDS.indexOf(kind(type))).put((byte) depth(type));
    packed.write(array, type);
    byte[] written = packed.bytes.array();
    int count = packed.bytes.position();
    return count == written.length ? written : Arrays.copyOf(written, count);
  }

  /** What the array takes if no number is null: as a rule, none is. */
  private static int bytesWithoutNulls(ArrayData array, ArrayType type) {
    int count = array.numElements();
    if (!(type.elementType() instanceof ArrayType inner)) {
      return Math.addExact(
          Integer.BYTES + 1, Math.multiplyExact(count, type.elementType().defaultSize()));
    }
    int bytes = Integer.BYTES;
    for (int i = 0; i < count; i++) {
      int ofElement =
          array.isNullAt(i) ? Integer.BYTES : bytesWithoutNulls(array.getArray(i), inner);
      bytes = Math.addExact(bytes, ofElement);
    }
    return bytes;
  }

  private void write(ArrayData array, ArrayType type) {
    int count = array.numElements();
    room(Integer.BYTES).putInt(count);
    if (!(type.elementType() instanceof ArrayType inner)) {
      writeNumbers(array, count, type);
      return;
    }
    for (int i = 0; i < count; i++) {
      if (array.isNullAt(i)) {
        room(Integer.BYTES).putInt(NO_ARRAY);
      } else {
        write(array.getArray(i), inner);
      }
    }
  }

  private void writeNumbers(ArrayData array, int count, ArrayType type) {
    boolean hasNulls = type.containsNull() && hasNull(array, count);
    room(1).put((byte) (hasNulls ? 1 : 0));
    DataType kind = type.elementType();
    if (hasNulls) {
      room(count);
      for (int i = 0; i < count; i++) {
        bytes.put((byte) (array.isNullAt(i) ? 1 : 0));
      }
      room(count * Long.BYTES);
      for (int i = 0; i < count; i++) {
        writeNumber(array, i, kind);
      }
    } else if (kind.equals(DataTypes.FloatType)) {
      room(count * Float.BYTES).asFloatBuffer().put(array.toFloatArray());
      skip(count * Float.BYTES);
    } else if (kind.equals(DataTypes.DoubleType)) {
      room(count * Double.BYTES).asDoubleBuffer().put(array.toDoubleArray());
      skip(count * Double.BYTES);
    } else if (kind.equals(DataTypes.IntegerType)) {
      room(count * Integer.BYTES).asIntBuffer().put(array.toIntArray());
      skip(count * Integer.BYTES);
    } else {
      room(count * Long.BYTES).asLongBuffer().put(array.toLongArray());
      skip(count * Long.BYTES);
    }
  }

  private static boolean hasNull(ArrayData array, int count) {
    for (int i = 0; i < count; i++) {
      if (array.isNullAt(i)) {
        return true;
      }
    }
    return false;
  }

  /** A null is a zero. */
  private void writeNumber(ArrayData array, int i, DataType kind) {
    boolean isNull = array.isNullAt(i);
    if (kind.equals(DataTypes.FloatType)) {
      bytes.putFloat(isNull ? 0 : array.getFloat(i));
    } else if (kind.equals(DataTypes.DoubleType)) {
      bytes.putDouble(isNull ? 0 : array.getDouble(i));
    } else if (kind.equals(DataTypes.IntegerType)) {
      bytes.putInt(isNull ? 0 : array.getInt(i));
    } else {
      bytes.putLong(isNull ? 0 : array.getLong(i));
    }
  }

  /** The buffer with room for so many bytes more. */
  private ByteBuffer room(int more) {
    if (bytes.remaining() < more) {
      int wanted = Math.addExact(bytes.position(), more);
      int capacity = (int) Math.min(Integer.MAX_VALUE - 8L, 2L * wanted);
      bytes =
          ByteBuffer.allocate(Math.max(wanted, capacity))
              .order(ByteOrder.nativeOrder())
              .put(bytes.flip());
    }
    return bytes;
  }

  private void skip(int written) {
    bytes.position(bytes.position() + written);
  }

  /** The lists that were packed: of numbers, of nulls and numbers, or of lists. */
  static List<Object> unpack(byte[] packed) {
    ByteBuffer bytes = ByteBuffer.wrap(packed).order(ByteOrder.nativeOrder());
    DataType kind = KINDS.get(bytes.get());
    int depth = bytes.get();
    return read(bytes, kind, depth, bytes.getInt());
  }

  private static List<Object> read(ByteBuffer bytes, DataType kind, int depth, int count) {
    if (depth > 1) {
      List<Object> lists = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        int size = bytes.getInt();
        lists.add(size == NO_ARRAY ? null : read(bytes, kind, depth - 1, size));
      }
      return lists;
    }
    boolean hasNulls = bytes.get() == 1;
    byte[] nulls = new byte[hasNulls ? count : 0];
    bytes.get(nulls);
    List<Object> numbers = new NumberList(readNumbers(bytes, kind, count));
    if (!hasNulls) {
      return numbers;
    }
    List<Object> withNulls = new ArrayList<>(numbers);
    for (int i = 0; i < count; i++) {
      if (nulls[i] == 1) {
        withNulls.set(i, null);
      }
    }
    return withNulls;
  }

  private static Object readNumbers(ByteBuffer bytes, DataType kind, int count) {
    if (kind.equals(DataTypes.FloatType)) {
      float[] floats = new float[count];
      bytes.asFloatBuffer().get(floats);
      bytes.position(bytes.position() + count * Float.BYTES);
      return floats;
    }
    if (kind.equals(DataTypes.DoubleType)) {
      double[] doubles = new double[count];
      bytes.asDoubleBuffer().get(doubles);
      bytes.position(bytes.position() + count * Double.BYTES);
      return doubles;
    }
    if (kind.equals(DataTypes.IntegerType)) {
      int[] ints = new int[count];
      bytes.asIntBuffer().get(ints);
      bytes.position(bytes.position() + count * Integer.BYTES);
      return ints;
    }
    long[] longs = new long[count];
    bytes.asLongBuffer().get(longs);
    bytes.position(bytes.position() + count * Long.BYTES);
    return longs;
  }
}

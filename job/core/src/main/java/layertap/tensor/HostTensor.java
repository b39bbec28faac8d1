package layertap.tensor;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import layertap.graph.Dtype;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * A tensor in Java's memory: values in row-major order in an array of the type that fits the dtype.
 *
 * <p>{@code float[]} for float32, {@code double[]} for float64, {@code int[]} for int32, {@code
 * long[]} for int64, {@code boolean[]} for bool, {@code byte[]} for uint8, {@code byte[][]} for
 * string, {@code short[]} with the bits of float16 and bfloat16. What else a graph may compute is
 * cast to one of these before it leaves the session. Arrays are not copied: whoever makes a tensor
 * gives them away.
 */
public final class HostTensor {
  /** Of fewer values, one array is filled faster than many are handed on. */
  private static final int LARGE_ROW = 16_384;

  private final DataType dtype;
  private final long[] shape;
  private final List<Object> parts;

  private HostTensor(DataType dtype, long[] shape, List<Object> parts) {
    this.dtype = requireNonNull(dtype, "dtype is null");
    this.shape = shape.clone();
    this.parts = parts;
    long length = 0;
    for (Object part : parts) {
      length += Array.getLength(part);
    }
    if (length != elementCount(shape)) {
      throw new IllegalArgumentException(
          length + " values do not fill the shape " + Arrays.toString(shape));
    }
  }

  /** A tensor of any dtype; {@code values} is an array of the type that the dtype wants. */
  public static HostTensor of(DataType dtype, long[] shape, Object values) {
    return new HostTensor(dtype, shape, List.of(requireNonNull(values, "values is null")));
  }

  /** A tensor of {@code DT_FLOAT}. */
  public static HostTensor of(long[] shape, float[] values) {
    return of(DataType.DT_FLOAT, shape, values);
  }

  /**
   * The tensors, all of one dtype and shape, along a new first axis; of large ones, or of a single
   * one, the values are not copied.
   */
  public static HostTensor stack(List<HostTensor> rows) {
    HostTensor first = rows.get(0);
    List<Object> parts = new ArrayList<>(rows.size());
    for (HostTensor row : rows) {
      if (row.dtype != first.dtype || !Arrays.equals(row.shape, first.shape)) {
        throw new IllegalArgumentException(
            "rows of different shapes do not stack: " + first + " and " + row);
      }
      parts.add(row.values());
    }
    HostTensor stacked = new HostTensor(first.dtype, stackedShape(first, rows.size()), parts);
    return first.elementCount() < LARGE_ROW
        ? of(first.dtype, stacked.shape, stacked.values())
        : stacked;
  }

  private static long[] stackedShape(HostTensor row, int rows) {
    long[] shape = new long[row.shape.length + 1];
    shape[0] = rows;
    System.arraycopy(row.shape, 0, shape, 1, row.shape.length);
    return shape;
  }

  /** Row {@code i} of a batch: a copy of the values at position {@code i} of the first axis. */
  public HostTensor row(int i) {
    Object all = values();
    int length = (int) (Array.getLength(all) / Math.max(1, shape[0]));
    Object row = Dtype.newArray(dtype, length);
    System.arraycopy(all, i * length, row, 0, length);
    return of(dtype, Arrays.copyOfRange(shape, 1, shape.length), row);
  }

  public DataType dtype() {
    return dtype;
  }

  /** The sizes of the axes. */
  public long[] shape() {
    return shape.clone();
  }

  /** All values: the array itself, not a copy, unless there are several {@link #parts}. */
  public Object values() {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    Object all = Dtype.newArray(dtype, Math.toIntExact(elementCount()));
    int next = 0;
    for (Object part : parts) {
      System.arraycopy(part, 0, all, next, Array.getLength(part));
      next += Array.getLength(part);
    }
    return all;
  }

  /** The arrays themselves, one after another: of large rows that were stacked one for each row. */
  public List<Object> parts() {
    return Collections.unmodifiableList(parts);
  }

  /** The number of values. */
  public long elementCount() {
    return elementCount(shape);
  }

  /** How many values a shape holds. */
  public static long elementCount(long[] shape) {
    long count = 1;
    for (long size : shape) {
      count = Math.multiplyExact(count, size);
    }
    return count;
  }

  /** The tensor as a graph's constant holds it; of any dtype but those of 16 bits. */
  public TensorProto toProto() {
    TensorShapeProto.Builder sizes = TensorShapeProto.newBuilder();
    for (long size : shape) {
      sizes.addDimBuilder().setSize(size);
    }
    TensorProto.Builder proto =
        TensorProto.newBuilder().setDtype(dtype).setTensorShape(sizes.build());
    Object all = values();
    for (int i = 0; i < Array.getLength(all); i++) {
      Object value = Array.get(all, i);
      switch (dtype) {
        case DT_FLOAT -> proto.addFloatVal((float) value);
        case DT_DOUBLE -> proto.addDoubleVal((double) value);
        case DT_INT32 -> proto.addIntVal((int) value);
        case DT_INT64 -> proto.addInt64Val((long) value);
        case DT_BOOL -> proto.addBoolVal((boolean) value);
        case DT_UINT8 -> proto.addIntVal((byte) value & 0xff);
        case DT_STRING -> proto.addStringVal(ByteString.copyFrom((byte[]) value));
        default -> throw new IllegalStateException("no constant of " + dtype);
      }
    }
    return proto.build();
  }

  @Override
  public String toString() {
    return dtype + Arrays.toString(shape);
  }
}

package layertap.tensorflow;

import java.lang.reflect.Array;
import layertap.graph.Dtype;
import layertap.tensor.HostTensor;
import org.tensorflow.RawTensor;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/** Copies tensors between Java's memory and TensorFlow's. */
final class NativeTensors {
  private NativeTensors() {}

  /** A native copy, which the caller closes. */
  static Tensor toNative(HostTensor tensor) {
    Shape shape = Shape.of(tensor.shape());
    return switch (tensor.dtype()) {
      case DT_FLOAT -> filled(TFloat32.tensorOf(shape), tensor);
      case DT_DOUBLE -> filled(TFloat64.tensorOf(shape), tensor);
      case DT_INT32 -> filled(TInt32.tensorOf(shape), tensor);
      case DT_INT64 -> filled(TInt64.tensorOf(shape), tensor);
      case DT_BOOL -> filled(TBool.tensorOf(shape), tensor);
      case DT_UINT8 -> filled(TUint8.tensorOf(shape), tensor);
      case DT_STRING -> strings((byte[][]) tensor.values(), shape);
      default -> throw new IllegalArgumentException("cannot feed a tensor of " + tensor.dtype());
    };
  }

  private static Tensor filled(Tensor empty, HostTensor tensor) {
    long next = 0;
    for (Object part : tensor.parts()) {
      int length = Array.getLength(part);
      if (length > 0) {
        write(empty.asRawTensor(), next, part);
      }
      next += length;
    }
    return empty;
  }

  /**
   * @param first the position of the first value
   */
  private static void write(RawTensor tensor, long first, Object values) {
    ByteDataBuffer raw = tensor.data();
    if (values instanceof float[] floats) {
      raw.asFloats().offset(first).write(floats);
    } else if (values instanceof double[] doubles) {
      raw.asDoubles().offset(first).write(doubles);
    } else if (values instanceof int[] ints) {
      raw.asInts().offset(first).write(ints);
    } else if (values instanceof long[] longs) {
      raw.asLongs().offset(first).write(longs);
    } else if (values instanceof boolean[] booleans) {
      raw.asBooleans().offset(first).write(booleans);
    } else {
      raw.offset(first).write((byte[]) values);
    }
  }

  private static TString strings(byte[][] values, Shape shape) {
    NdArray<byte[]> array = NdArrays.ofObjects(byte[].class, shape);
    int[] next = {0};
    array.scalars().forEach(scalar -> scalar.setObject(values[next[0]++]));
    return TString.tensorOfBytes(array);
  }

  /** A scalar of string, which the caller closes. */
  static TString scalar(byte[] bytes) {
    return TString.tensorOfBytes(NdArrays.scalarOfObject(bytes));
  }

  /** A copy in Java's memory; the native tensor stays open. */
  static HostTensor toHost(Tensor tensor) {
    DataType dtype = DataType.forNumber(tensor.dataType().getNumber());
    long[] shape = tensor.shape().asArray();
    int length = Math.toIntExact(HostTensor.elementCount(shape));
    if (dtype == DataType.DT_STRING) {
      return HostTensor.of(dtype, shape, stringsOf((TString) tensor, length));
    }
    Object values = Dtype.newArray(dtype, length);
    if (length > 0) {
      read(tensor.asRawTensor(), dtype, values);
    }
    return HostTensor.of(dtype, shape, values);
  }

  private static void read(RawTensor tensor, DataType dtype, Object values) {
    ByteDataBuffer raw = tensor.data();
    switch (dtype) {
      case DT_FLOAT -> raw.asFloats().read((float[]) values);
      case DT_DOUBLE -> raw.asDoubles().read((double[]) values);
      case DT_INT32 -> raw.asInts().read((int[]) values);
      case DT_INT64 -> raw.asLongs().read((long[]) values);
      case DT_BOOL -> raw.asBooleans().read((boolean[]) values);
      case DT_UINT8 -> raw.read((byte[]) values);
      case DT_HALF, DT_BFLOAT16 -> raw.asShorts().read((short[]) values);
      default -> throw new IllegalArgumentException("cannot read a tensor of " + dtype);
    }
  }

  private static byte[][] stringsOf(TString tensor, int length) {
    byte[][] values = new byte[length][];
    int[] next = {0};
    tensor.asBytes().scalars().forEach(scalar -> values[next[0]++] = scalar.getObject());
    return values;
  }
}

package layertap.extract.check;

import layertap.tensor.HalfFloats;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.DataType;

/** The numbers of a tensor, whatever their dtype. */
final class TensorNumbers {
  private TensorNumbers() {}

  /** The values, row-major; none of a tensor of strings or truth values. */
  static double[] of(HostTensor tensor) {
    Object values = tensor.values();
    double[] numbers = new double[Math.toIntExact(tensor.elementCount())];
    if (values instanceof float[] floats) {
      for (int i = 0; i < floats.length; i++) {
        numbers[i] = floats[i];
      }
    } else if (values instanceof double[] doubles) {
      return doubles.clone();
    } else if (values instanceof int[] ints) {
      for (int i = 0; i < ints.length; i++) {
        numbers[i] = ints[i];
      }
    } else if (values instanceof long[] longs) {
      for (int i = 0; i < longs.length; i++) {
        numbers[i] = longs[i];
      }
    } else if (values instanceof byte[] bytes) {
      for (int i = 0; i < bytes.length; i++) {
        numbers[i] = bytes[i] & 0xff;
      }
    } else if (values instanceof short[] bits) {
      boolean isHalf = tensor.dtype() == DataType.DT_HALF;
      for (int i = 0; i < bits.length; i++) {
        numbers[i] = isHalf ? HalfFloats.halfToFloat(bits[i]) : HalfFloats.bfloat16ToFloat(bits[i]);
      }
    } else {
      return new double[0];
    }
    return numbers;
  }
}

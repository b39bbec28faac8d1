package layertap.extract.check;

import layertap.tensor.HalfFloats;
import layertap.tensor.HostTensor;

/** The numbers of a tensor, whatever their dtype. */
final class TensorNumbers {
  private TensorNumbers() {}

  /** The values, row-major; none of a tensor of strings or truth values. */
  static double[] of(HostTensor tensor) {
    return of(tensor, 0, Math.toIntExact(tensor.elementCount()));
  }

  /**
   * Some of the values.
   *
   * @param first the position of the first one, row-major
   * @param count how many
   */
  static double[] of(HostTensor tensor, int first, int count) {
    Object values = tensor.values();
    double[] numbers = new double[count];
    if (values instanceof float[] floats) {
      for (int i = 0; i < count; i++) {
        numbers[i] = floats[first + i];
      }
    } else if (values instanceof double[] doubles) {
      System.arraycopy(doubles, first, numbers, 0, count);
    } else if (values instanceof int[] ints) {
      for (int i = 0; i < count; i++) {
        numbers[i] = ints[first + i];
      }
    } else if (values instanceof long[] longs) {
      for (int i = 0; i < count; i++) {
        numbers[i] = longs[first + i];
      }
    } else if (values instanceof byte[] bytes) {
      for (int i = 0; i < count; i++) {
        numbers[i] = bytes[first + i] & 0xff;
      }
    } else if (values instanceof short[] bits) {
      for (int i = 0; i < count; i++) {
        numbers[i] = HalfFloats.toFloat(tensor.dtype(), bits[first + i]);
      }
    } else {
      return new double[0];
    }
    return numbers;
  }
}

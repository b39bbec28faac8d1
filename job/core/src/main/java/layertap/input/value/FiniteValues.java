package layertap.input.value;

import layertap.failure.BadRowException;
import layertap.tensor.HalfFloats;
import layertap.tensor.HostTensor;

/** Finds NaN and infinities. */
public final class FiniteValues {
  private FiniteValues() {}

  /**
   * Checks a tensor.
   *
   * @throws BadRowException if a value is not finite
   */
  public static void require(HostTensor tensor) {
    if (tensor.values() instanceof float[] floats) {
      for (int i = 0; i < floats.length; i++) {
        require(floats[i], i);
      }
    } else if (tensor.values() instanceof double[] doubles) {
      for (int i = 0; i < doubles.length; i++) {
        require(doubles[i], i);
      }
    } else if (tensor.values() instanceof short[] bits) {
      for (int i = 0; i < bits.length; i++) {
        require(HalfFloats.toFloat(tensor.dtype(), bits[i]), i);
      }
    }
  }

  private static void require(double value, int position) {
    if (!Double.isFinite(value)) {
      throw new BadRowException("element " + position + " is " + value);
    }
  }
}

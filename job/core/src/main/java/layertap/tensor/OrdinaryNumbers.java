package layertap.tensor;

/**
 * Numbers that are finite, and so far from infinities that no model with ordinary weights comes to
 * one: all of less than 2^61 are, in size, and none of more than 2^64.
 */
public final class OrdinaryNumbers {
  /** Makes infinities of what is too large. */
  private static final float SCALE = 0x1p64f;

  private static final double LARGEST = 0x1p61;

  /** How many numbers are looked at together, each in an addition of its own. */
  private static final int TOGETHER = 8;

  private OrdinaryNumbers() {}

  /** Whether the tensor has no others; integers and texts are none of them. */
  public static boolean areAllIn(HostTensor tensor) {
    for (Object part : tensor.parts()) {
      boolean areOrdinary =
          part instanceof float[] floats
              ? areAllIn(floats)
              : !(part instanceof double[] doubles) || areAllIn(doubles);
      if (!areOrdinary) {
        return false;
      }
    }
    return true;
  }

  /** A sum is only finite if all of its terms are. */
  private static boolean areAllIn(float[] numbers) {
    int i = 0;
    for (; i <= numbers.length - TOGETHER; i += TOGETHER) {
      float first = numbers[i] * SCALE + numbers[i + 1] * SCALE;
      float second = numbers[i + 2] * SCALE + numbers[i + 3] * SCALE;
      float third = numbers[i + 4] * SCALE + numbers[i + 5] * SCALE;
      float fourth = numbers[i + 6] * SCALE + numbers[i + 7] * SCALE;
      if (!Float.isFinite((first + second) + (third + fourth))) {
        return false;
      }
    }
    for (; i < numbers.length; i++) {
      if (!Float.isFinite(numbers[i] * SCALE)) {
        return false;
      }
    }
    return true;
  }

  private static boolean areAllIn(double[] numbers) {
    for (double number : numbers) {
      if (!(Math.abs(number) <= LARGEST)) {
        return false;
      }
    }
    return true;
  }
}

package layertap.tensor;

/**
 * Numbers that are finite, and so small that products of some of them are, too: of less than 2^28
 * all are, in size, of more than 2^31 none, and of those between some, as their neighbours are.
 */
public final class OrdinaryNumbers {
  /** Makes infinities of what is too large. */
  private static final float SCALE = 0x1p97f;

  private static final double LARGEST = 0x1p28;

  /** How many numbers are looked at together, each in an addition of its own. */
  private static final int TOGETHER = 8;

  private OrdinaryNumbers() {}

  /** Whether all numbers of the tensor are; of integers, texts and 16-bit floats it is assumed. */
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

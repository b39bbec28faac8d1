package layertap.graph.fold;

import java.util.Optional;
import org.tensorflow.proto.DataType;

/** Between which finite numbers every element of a tensor lies; false is 0, true is 1. */
record Range(double low, double high) {
  static final Range FALSE = new Range(0, 0);
  static final Range TRUE = new Range(1, 1);
  static final Range BOOL = new Range(0, 1);

  /** Bits of a bfloat16's and of a float16's fraction. */
  private static final int BFLOAT16_FRACTION = 7;

  private static final int FLOAT16_FRACTION = 10;
  private static final double LARGEST_HALF = 65504;

  /** The range of one number. */
  static Range of(double value) {
    return new Range(value, value);
  }

  static Range of(boolean value) {
    return value ? TRUE : FALSE;
  }

  /** Whether all elements are one known number. */
  boolean isFixed() {
    return low == high;
  }

  Range union(Range other) {
    return new Range(Math.min(low, other.low), Math.max(high, other.high));
  }

  /**
   * The range of values of that dtype that were rounded to it, which keeps their order; none if a
   * bound is not finite in it, or if it is not known how the dtype's kernels round.
   */
  static Optional<Range> rounded(double low, double high, DataType dtype) {
    double first = rounded(low, dtype);
    double last = rounded(high, dtype);
    return Double.isFinite(first) && Double.isFinite(last) && first <= last
        ? Optional.of(new Range(first, last))
        : Optional.empty();
  }

  private static double rounded(double value, DataType dtype) {
    return switch (dtype) {
      case DT_FLOAT -> (float) value;
      case DT_DOUBLE -> value;
      case DT_HALF -> exactly(value, FLOAT16_FRACTION);
      case DT_BFLOAT16 -> exactly(value, BFLOAT16_FRACTION);
      case DT_BOOL -> value;
      case DT_INT32 -> value == (int) value ? value : Double.NaN;
      case DT_INT64 -> Math.abs(value) < 0x1p53 && value == (long) value ? value : Double.NaN;
      default -> Double.NaN;
    };
  }

  /** The number itself if it needs no rounding to so many bits, and is of middle size. */
  private static double exactly(double value, int fractionBits) {
    long lower = Double.doubleToRawLongBits(value) & ((1L << (52 - fractionBits)) - 1);
    double size = Math.abs(value);
    boolean isMiddle = value == 0 || (size >= 0x1p-14 && size <= LARGEST_HALF);
    return lower == 0 && isMiddle ? value : Double.NaN;
  }
}

package layertap.extract.check;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.DataType;

/** Compares values of one tensor that were computed in two ways. */
final class ValueComparison {
  private static final double TOLERANCE = 1e-3;

  /** Units in the last place that two orders of summation may differ by. */
  private static final double UNITS = 16;

  private final double tolerance;

  private ValueComparison(double tolerance) {
    this.tolerance = tolerance;
  }

  /** For values of a graph with such dtypes: one that computes with fewer bits rounds more. */
  static ValueComparison of(Set<DataType> types) {
    double rounding = TOLERANCE;
    if (types.contains(DataType.DT_HALF)) {
      rounding = UNITS * 0x1p-11;
    }
    if (types.contains(DataType.DT_BFLOAT16)) {
      rounding = UNITS * 0x1p-8;
    }
    return new ValueComparison(rounding);
  }

  /**
   * How a tensor's values for some rows differ.
   *
   * @param kind what is not compared by numbers, in words; empty if there is no such difference
   * @param size of the largest difference
   * @param largest of all values that are finite
   */
  record Difference(String kind, double size, double largest) {
    /** Whether there is more than so large a difference. */
    boolean exceeds(double allowed) {
      return !kind.isEmpty() || !(size <= allowed);
    }

    String text() {
      return kind.isEmpty()
          ? String.format(
              Locale.ROOT, "a difference of %.2g between values of up to %.2g", size, largest)
          : kind;
    }
  }

  /**
   * What two ways to compute a difference may differ by in any case. It is relative to the largest
   * value of all rows: in a single one, a number may be all that large ones leave when they cancel,
   * and then is as wrong as they were rounded.
   */
  double tolerated(Difference difference) {
    return tolerance * difference.largest;
  }

  /** How the values of one tensor of each row differ, the one at a position. */
  static Difference between(
      List<List<HostTensor>> expected, List<List<HostTensor>> found, int position) {
    return between(
        expected.stream().map(row -> row.get(position)).toList(),
        found.stream().map(row -> row.get(position)).toList());
  }

  /** How a tensor's values for some rows differ. */
  static Difference between(List<HostTensor> expected, List<HostTensor> found) {
    double largest = 0;
    double difference = 0;
    for (int row = 0; row < expected.size(); row++) {
      String other = otherKind(expected.get(row), found.get(row));
      if (!other.isEmpty()) {
        return new Difference(other, Double.POSITIVE_INFINITY, 0);
      }
      if (expected.get(row).dtype() == DataType.DT_STRING) {
        continue;
      }
      double[] expectedValues = doubles(expected.get(row));
      double[] foundValues = doubles(found.get(row));
      for (int i = 0; i < expectedValues.length; i++) {
        double a = expectedValues[i];
        double b = foundValues[i];
        if (Double.isFinite(a)) {
          largest = Math.max(largest, Math.abs(a));
        }
        if (Double.compare(a, b) != 0) {
          double own = Math.abs(a - b);
          difference = Math.max(difference, Double.isNaN(own) ? Double.POSITIVE_INFINITY : own);
        }
      }
    }
    return new Difference("", difference, largest);
  }

  /** What is not compared by numbers: type, shape, strings. */
  private static String otherKind(HostTensor expected, HostTensor found) {
    if (expected.dtype() != found.dtype() || !Arrays.equals(expected.shape(), found.shape())) {
      return found + " instead of " + expected;
    }
    boolean isOtherText =
        expected.dtype() == DataType.DT_STRING
            && !Arrays.deepEquals((byte[][]) expected.values(), (byte[][]) found.values());
    return isOtherText ? "other strings" : "";
  }

  /** Truth values count as 0 and 1. */
  private static double[] doubles(HostTensor tensor) {
    if (tensor.values() instanceof boolean[] truths) {
      return IntStream.range(0, truths.length).mapToDouble(i -> truths[i] ? 1 : 0).toArray();
    }
    return TensorNumbers.of(tensor);
  }
}

package layertap.model.preprocessing;

import java.util.List;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;

/** Numbers of a small tensor in row-major order; the array is not copied. */
record Values(List<Long> shape, double[] values) {
  /** Whether at most one of the axes has more than one place. */
  boolean isVector() {
    return shape.stream().filter(size -> size != 1).count() <= 1;
  }

  /** What an op makes of two, place by place; empty if they spread in ways that are not known. */
  static Optional<Values> combined(DoubleBinaryOperator op, Values one, Values other) {
    if (one.shape.equals(other.shape) || one.values.length == 1 || other.values.length == 1) {
      boolean isOneLarger =
          one.values.length > other.values.length
              || (one.values.length == other.values.length
                  && one.shape.size() >= other.shape.size());
      int count = Math.max(one.values.length, other.values.length);
      double[] values = new double[count];
      for (int i = 0; i < count; i++) {
        values[i] =
            op.applyAsDouble(
                one.values[Math.min(i, one.values.length - 1)],
                other.values[Math.min(i, other.values.length - 1)]);
      }
      return Optional.of(new Values(isOneLarger ? one.shape : other.shape, values));
    }
    // Vectors along the same, last axis, one with axes of one place before it.
    boolean areAlike =
        one.values.length == other.values.length
            && one.isVector()
            && other.isVector()
            && last(one.shape) == last(other.shape);
    List<Long> longer = one.shape.size() >= other.shape.size() ? one.shape : other.shape;
    return areAlike
        ? combined(op, new Values(longer, one.values), new Values(longer, other.values))
        : Optional.empty();
  }

  private static long last(List<Long> shape) {
    return shape.isEmpty() ? 1 : shape.get(shape.size() - 1);
  }
}

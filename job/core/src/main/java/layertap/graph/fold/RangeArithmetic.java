package layertap.graph.fold;

import java.util.Optional;
import java.util.Set;
import java.util.stream.DoubleStream;
import org.tensorflow.proto.DataType;

/** What ops make of ranges. */
final class RangeArithmetic {
  private static final Set<String> BINARY =
      Set.of(
          "Add",
          "AddV2",
          "Sub",
          "Mul",
          "RealDiv",
          "Div",
          "Maximum",
          "Minimum",
          "Greater",
          "GreaterEqual",
          "Less",
          "LessEqual",
          "Equal",
          "NotEqual",
          "LogicalAnd",
          "LogicalOr");

  private RangeArithmetic() {}

  static boolean isBinary(String op) {
    return BINARY.contains(op);
  }

  /** Whether one truth value decides, whatever the other is. */
  static boolean decides(String op, Range one) {
    return one.isFixed()
        && ((op.equals("LogicalAnd") && one.low() == 0)
            || (op.equals("LogicalOr") && one.low() != 0));
  }

  static Optional<Range> unary(String op, Range range, DataType dtype) {
    return switch (op) {
      case "LogicalNot" -> Optional.of(new Range(1 - range.high(), 1 - range.low()));
      case "Neg" -> Range.rounded(-range.high(), -range.low(), dtype);
      case "Floor" -> Range.rounded(Math.floor(range.low()), Math.floor(range.high()), dtype);
      case "Ceil" -> Range.rounded(Math.ceil(range.low()), Math.ceil(range.high()), dtype);
      case "Relu" -> Range.rounded(Math.max(0, range.low()), Math.max(0, range.high()), dtype);
      default -> {
        double least = range.low() <= 0 && range.high() >= 0 ? 0 : Double.POSITIVE_INFINITY;
        double first = Math.abs(range.low());
        double last = Math.abs(range.high());
        yield Range.rounded(Math.min(least, Math.min(first, last)), Math.max(first, last), dtype);
      }
    };
  }

  static Optional<Range> binary(String op, Range a, Range b, DataType dtype) {
    return switch (op) {
      case "Add", "AddV2" -> Range.rounded(a.low() + b.low(), a.high() + b.high(), dtype);
      case "Sub" -> Range.rounded(a.low() - b.high(), a.high() - b.low(), dtype);
      case "Mul" ->
          bounds(
              dtype,
              a.low() * b.low(),
              a.low() * b.high(),
              a.high() * b.low(),
              a.high() * b.high());
      case "RealDiv", "Div" -> quotient(a, b, dtype);
      case "Maximum" ->
          Range.rounded(Math.max(a.low(), b.low()), Math.max(a.high(), b.high()), dtype);
      case "Minimum" ->
          Range.rounded(Math.min(a.low(), b.low()), Math.min(a.high(), b.high()), dtype);
      case "Greater" -> compared(a.low() > b.high(), a.high() <= b.low());
      case "GreaterEqual" -> compared(a.low() >= b.high(), a.high() < b.low());
      case "Less" -> compared(a.high() < b.low(), a.low() >= b.high());
      case "LessEqual" -> compared(a.high() <= b.low(), a.low() > b.high());
      case "Equal" -> compared(isSame(a, b), isApart(a, b));
      case "NotEqual" -> compared(isApart(a, b), isSame(a, b));
      case "LogicalAnd" -> Optional.of(new Range(a.low() * b.low(), a.high() * b.high()));
      case "LogicalOr" ->
          Optional.of(new Range(Math.max(a.low(), b.low()), Math.max(a.high(), b.high())));
      default -> Optional.empty();
    };
  }

  private static Optional<Range> quotient(Range a, Range b, DataType dtype) {
    boolean isFraction = dtype == DataType.DT_FLOAT || dtype == DataType.DT_DOUBLE;
    if (!isFraction || (b.low() <= 0 && b.high() >= 0)) {
      return Optional.empty();
    }
    return bounds(
        dtype, a.low() / b.low(), a.low() / b.high(), a.high() / b.low(), a.high() / b.high());
  }

  private static Optional<Range> bounds(DataType dtype, double... values) {
    return Range.rounded(
        DoubleStream.of(values).min().getAsDouble(),
        DoubleStream.of(values).max().getAsDouble(),
        dtype);
  }

  private static boolean isSame(Range a, Range b) {
    return a.isFixed() && b.isFixed() && a.low() == b.low();
  }

  private static boolean isApart(Range a, Range b) {
    return a.high() < b.low() || b.high() < a.low();
  }

  private static Optional<Range> compared(boolean isTrue, boolean isFalse) {
    return Optional.of(isTrue ? Range.TRUE : isFalse ? Range.FALSE : Range.BOOL);
  }

  /** To a truth value, to whole numbers towards zero, or by rounding. */
  static Optional<Range> cast(Range range, DataType from, DataType to) {
    if (to == DataType.DT_BOOL) {
      boolean isNonzero = range.low() > 0 || range.high() < 0;
      return Optional.of(
          isNonzero ? Range.TRUE : range.equals(Range.of(0)) ? Range.FALSE : Range.BOOL);
    }
    boolean isToWhole = to == DataType.DT_INT32 || to == DataType.DT_INT64;
    return from != DataType.DT_BOOL && isToWhole
        ? Range.rounded(towardsZero(range.low()), towardsZero(range.high()), to)
        : Range.rounded(range.low(), range.high(), to);
  }

  private static double towardsZero(double value) {
    return value < 0 ? Math.ceil(value) : Math.floor(value);
  }
}

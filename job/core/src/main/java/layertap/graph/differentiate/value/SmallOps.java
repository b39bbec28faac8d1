package layertap.graph.differentiate.value;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/** What ops make of values that are known before a run. */
public final class SmallOps {
  private static final int MOST_STEPS = 100_000;

  private SmallOps() {}

  /**
   * The first output of a node.
   *
   * @param inputs what it takes as data, empty where nothing is known
   */
  public static Optional<SmallTensor> evaluate(NodeDef node, List<Optional<SmallTensor>> inputs) {
    return switch (node.getAttrOrDefault("T", AttrValue.getDefaultInstance()).getType()) {
      case DT_HALF, DT_BFLOAT16 -> Optional.empty();
      case DT_FLOAT -> exact(node, inputs).map(value -> map(value, number -> (float) number));
      default -> exact(node, inputs);
    };
  }

  private static Optional<SmallTensor> exact(NodeDef node, List<Optional<SmallTensor>> inputs) {
    String op = node.getOp();
    if (op.equals("LogicalAnd") || op.equals("LogicalOr")) {
      return logical(op, inputs);
    }
    if (op.equals("Const")) {
      return SmallTensor.of(node);
    }
    if (inputs.isEmpty() || inputs.stream().anyMatch(Optional::isEmpty)) {
      return Optional.empty();
    }
    List<SmallTensor> values = inputs.stream().map(Optional::orElseThrow).toList();
    SmallTensor first = values.get(0);
    return switch (op) {
      case "Identity", "StopGradient", "PreventGradient", "Snapshot", "Enter" -> Optional.of(first);
      case "Cast" -> Optional.of(cast(node, first));
      case "Neg" -> unary(first, value -> -value);
      case "Abs" -> unary(first, Math::abs);
      case "LogicalNot" -> unary(first, value -> value == 0 ? 1 : 0);
      case "Max" -> reduced(node, values, Math::max, Double.NEGATIVE_INFINITY);
      case "Min" -> reduced(node, values, Math::min, Double.POSITIVE_INFINITY);
      case "Sum" -> reduced(node, values, Double::sum, 0);
      case "Prod" -> reduced(node, values, (a, b) -> a * b, 1);
      case "All" -> reduced(node, values, Math::min, 1);
      case "Any" -> reduced(node, values, Math::max, 0);
      case "Range" -> range(values);
      case "Fill" -> fill(first, values.get(1));
      case "Pack" -> pack(node, values);
      case "ConcatV2" -> concatenated(values);
      case "ExpandDims", "Squeeze", "Reshape" -> reshaped(op, values);
      case "StridedSlice" -> SmallSlices.strided(node, values);
      case "Slice" -> SmallSlices.plain(values);
      case "GatherV2" -> gathered(values);
      case "Select", "SelectV2" ->
          values.get(0).truth().map(isFirst -> values.get(isFirst ? 1 : 2));
      default -> values.size() == 2 ? binary(op, first, values.get(1)) : Optional.empty();
    };
  }

  /** One truth value may decide alone. */
  private static Optional<SmallTensor> logical(String op, List<Optional<SmallTensor>> inputs) {
    boolean deciding = op.equals("LogicalOr");
    boolean isOpen = false;
    for (Optional<SmallTensor> input : inputs) {
      Optional<Boolean> truth = input.flatMap(SmallTensor::truth);
      if (truth.filter(value -> value == deciding).isPresent()) {
        return Optional.of(SmallTensor.truth(deciding));
      }
      isOpen |= truth.isEmpty();
    }
    return isOpen ? Optional.empty() : Optional.of(SmallTensor.truth(!deciding));
  }

  private static SmallTensor cast(NodeDef node, SmallTensor value) {
    DataType to = node.getAttrOrDefault("DstT", AttrValue.getDefaultInstance()).getType();
    return switch (to) {
      case DT_INT32, DT_INT64 ->
          map(value, number -> number < 0 ? Math.ceil(number) : Math.floor(number));
      case DT_BOOL -> map(value, number -> number == 0 ? 0 : 1);
      case DT_FLOAT -> map(value, number -> (float) number);
      default -> value;
    };
  }

  private static Optional<SmallTensor> unary(SmallTensor value, DoubleUnaryOperator op) {
    return Optional.of(map(value, op));
  }

  private static SmallTensor map(SmallTensor value, DoubleUnaryOperator op) {
    return new SmallTensor(
        value.shape(),
        DoubleStream.of(value.toArray())
            .map(number -> Double.isNaN(number) ? number : op.applyAsDouble(number))
            .boxed()
            .toList());
  }

  private static Optional<SmallTensor> binary(String op, SmallTensor a, SmallTensor b) {
    DoubleBinaryOperator function =
        switch (op) {
          case "Add", "AddV2" -> Double::sum;
          case "Sub" -> (x, y) -> x - y;
          case "Mul" -> (x, y) -> x * y;
          case "FloorDiv" -> (x, y) -> Math.floor(x / y);
          case "RealDiv" -> (x, y) -> x / y;
          case "FloorMod" -> (x, y) -> x - y * Math.floor(x / y);
          case "Maximum" -> Math::max;
          case "Minimum" -> Math::min;
          case "Less" -> (x, y) -> truth(x < y);
          case "LessEqual" -> (x, y) -> truth(x <= y);
          case "Greater" -> (x, y) -> truth(x > y);
          case "GreaterEqual" -> (x, y) -> truth(x >= y);
          case "Equal" -> (x, y) -> truth(x == y);
          case "NotEqual" -> (x, y) -> truth(x != y);
          default -> null;
        };
    boolean fits = a.shape().equals(b.shape()) || a.count() == 1 || b.count() == 1;
    if (function == null || !fits) {
      return Optional.empty();
    }
    SmallTensor longer = a.shape().size() >= b.shape().size() && a.count() >= b.count() ? a : b;
    if (longer.count() < Math.max(a.count(), b.count())) {
      return Optional.empty();
    }
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < longer.count(); i++) {
      double x = a.value(a.count() == 1 ? 0 : i);
      double y = b.value(b.count() == 1 ? 0 : i);
      double result = function.applyAsDouble(x, y);
      // A division by zero is no number that anyone knows.
      values.add(
          Double.isNaN(x) || Double.isNaN(y) || Double.isInfinite(result) ? Double.NaN : result);
    }
    return Optional.of(new SmallTensor(longer.shape(), values));
  }

  private static double truth(boolean value) {
    return value ? 1 : 0;
  }

  /** Over all axes of a vector, or over none of a single number. */
  private static Optional<SmallTensor> reduced(
      NodeDef node, List<SmallTensor> values, DoubleBinaryOperator op, double start) {
    SmallTensor value = values.get(0);
    boolean keepsAxes = node.getAttrOrDefault("keep_dims", AttrValue.getDefaultInstance()).getB();
    if (value.shape().size() > 1 || values.size() != 2) {
      return Optional.empty();
    }
    if (value.shape().isEmpty() || values.get(1).count() == 0) {
      return Optional.of(value);
    }
    double result =
        value.isKnown() ? DoubleStream.of(value.toArray()).reduce(start, op) : Double.NaN;
    return Optional.of(keepsAxes ? SmallTensor.vector(result) : SmallTensor.scalar(result));
  }

  private static Optional<SmallTensor> range(List<SmallTensor> values) {
    if (values.size() != 3 || values.stream().anyMatch(value -> value.whole().isEmpty())) {
      return Optional.empty();
    }
    double start = values.get(0).value(0);
    double step = values.get(2).value(0);
    double count = step == 0 ? 0 : Math.ceil((values.get(1).value(0) - start) / step);
    return count > MOST_STEPS
        ? Optional.empty()
        : Optional.of(
            SmallTensor.vector(
                IntStream.range(0, (int) Math.max(0, count))
                    .mapToDouble(i -> start + i * step)
                    .toArray()));
  }

  private static Optional<SmallTensor> fill(SmallTensor sizes, SmallTensor value) {
    return sizes.isKnown() && value.count() == 1
        ? SmallTensor.filled(
            DoubleStream.of(sizes.toArray()).mapToObj(size -> (long) size).toList(), value.value(0))
        : Optional.empty();
  }

  private static Optional<SmallTensor> pack(NodeDef node, List<SmallTensor> values) {
    boolean isFirstAxis = node.getAttrOrDefault("axis", AttrValue.getDefaultInstance()).getI() == 0;
    if (!isFirstAxis || values.stream().anyMatch(value -> !value.shape().isEmpty())) {
      return Optional.empty();
    }
    return Optional.of(
        SmallTensor.vector(values.stream().mapToDouble(value -> value.value(0)).toArray()));
  }

  private static Optional<SmallTensor> concatenated(List<SmallTensor> values) {
    List<SmallTensor> parts = values.subList(0, values.size() - 1);
    if (parts.stream().anyMatch(part -> part.shape().size() != 1)) {
      return Optional.empty();
    }
    return Optional.of(
        SmallTensor.vector(
            parts.stream().flatMapToDouble(part -> DoubleStream.of(part.toArray())).toArray()));
  }

  /** Vectors and single numbers alone: the order of the values stays as it is. */
  private static Optional<SmallTensor> reshaped(String op, List<SmallTensor> values) {
    SmallTensor value = values.get(0);
    if (op.equals("ExpandDims")) {
      return value.shape().isEmpty() ? Optional.of(value.withShape(List.of(1L))) : Optional.empty();
    }
    if (op.equals("Squeeze")) {
      return value.count() == 1 ? Optional.of(value.withShape(List.of())) : Optional.empty();
    }
    SmallTensor sizes = values.get(1);
    if (!sizes.isKnown() || sizes.count() > 1) {
      return Optional.empty();
    }
    return sizes.count() == 0
        ? Optional.of(value).filter(one -> one.count() == 1).map(one -> one.withShape(List.of()))
        : Optional.of(value.withShape(List.of((long) value.count())));
  }

  private static Optional<SmallTensor> gathered(List<SmallTensor> values) {
    SmallTensor from = values.get(0);
    SmallTensor indices = values.get(1);
    boolean isSimple =
        from.shape().size() == 1
            && indices.isKnown()
            && DoubleStream.of(indices.toArray()).allMatch(i -> i >= 0 && i < from.count());
    return isSimple
        ? Optional.of(
            new SmallTensor(
                indices.shape(),
                LongStream.range(0, indices.count())
                    .mapToObj(i -> from.value((int) indices.value((int) i)))
                    .toList()))
        : Optional.empty();
  }
}

package layertap.model.feature;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import layertap.failure.UserException;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.feature.FeatureOptions.Pool;
import org.tensorflow.proto.DataType;

/** Adds the ops that reduce the axes between batch and channels. */
final class Pooling {
  private final Set<PaddedSteps> used = new LinkedHashSet<>();
  private final List<String> warnings = new ArrayList<>();

  boolean uses(PaddedSteps padded) {
    return used.contains(padded);
  }

  /** About sequences whose true lengths could not be told from a tensor's steps. */
  List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** The ops for one feature; gives [batch, channels]. */
  TensorId add(
      String column,
      NodeDefs ops,
      TensorId value,
      DataType dtype,
      TensorShape shape,
      Pool pool,
      List<PaddedSteps> sequences) {
    if (!shape.isRankKnown() || shape.sizes().size() < 3) {
      throw new UserException(
          ("cannot pool the feature '%s': its shape %s has no spatial or time axis "
                  + "between batch and channels; leave pool out")
              .formatted(column, shape));
    }
    int rank = shape.sizes().size();
    Optional<PaddedSteps> padded = paddedSteps(column, shape, sequences);
    if (padded.isPresent()) {
      used.add(padded.get());
      return new StepPooling(ops, value, dtype, padded.get()).add(pool);
    }
    return switch (pool) {
      case AVG -> reduce(ops, "Mean", "pool", value, dtype, axes(1, rank - 1), false);
      case MAX -> reduce(ops, "Max", "pool", value, dtype, axes(1, rank - 1), false);
      case FIRST, LAST -> step(column, ops, value, dtype, shape, pool);
      case NONE -> value;
    };
  }

  /** The padded sequences whose steps the time axis of a tensor may have. */
  private Optional<PaddedSteps> paddedSteps(
      String column, TensorShape shape, List<PaddedSteps> sequences) {
    long time = shape.sizes().get(1);
    List<PaddedSteps> candidates =
        shape.sizes().size() != 3
            ? List.of()
            : sequences.stream()
                .filter(padded -> time == TensorShape.UNKNOWN || time == padded.steps())
                .toList();
    if (candidates.size() > 1) {
      throw new UserException(
          ("cannot pool the feature '%s': its steps may be those of %s, which are "
                  + "padded; feed all but one of them by tensor, padded already, or leave pool out")
              .formatted(
                  column,
                  candidates.stream()
                      .map(PaddedSteps::source)
                      .collect(Collectors.joining(" or "))));
    }
    if (candidates.isEmpty() && !sequences.isEmpty() && shape.sizes().size() == 3) {
      warnings.add(
          ("the feature '%s' is pooled over all its %s steps: they are not those of %s, "
                  + "whose padding is known")
              .formatted(column, time, sequences.get(0).source()));
    }
    return candidates.stream().findFirst();
  }

  /** The shape of what is pooled. */
  static TensorShape pooled(TensorShape shape) {
    return TensorShape.of(
        List.of(shape.sizes().get(0), shape.sizes().get(shape.sizes().size() - 1)));
  }

  private static TensorId step(
      String column, NodeDefs ops, TensorId value, DataType dtype, TensorShape shape, Pool pool) {
    if (shape.sizes().size() != 3) {
      throw new UserException(
          ("cannot take the %s step of the feature '%s': its shape %s is not a "
                  + "sequence [batch, time, channels]; use avg or max")
              .formatted(pool.name().toLowerCase(Locale.ROOT), column, shape));
    }
    int at = pool == Pool.FIRST ? 0 : -1;
    TensorId begin = ops.vector("begin", 0, at);
    TensorId end = ops.vector("end", 0, at + 1);
    return ops.node("StridedSlice", "pool", value, begin, end, ops.vector("strides", 1, 1))
        .attribute("T", dtype)
        .attribute("Index", DataType.DT_INT32)
        .attribute("begin_mask", 1L)
        .attribute("end_mask", pool == Pool.LAST ? 3L : 1L)
        .attribute("shrink_axis_mask", 2L)
        .add();
  }

  static TensorId reduce(
      NodeDefs ops,
      String op,
      String name,
      TensorId value,
      DataType dtype,
      int[] axes,
      boolean keepsAxes) {
    return ops.node(op, name, value, ops.vector(name + "_axes", axes))
        .attribute("T", dtype)
        .attribute("Tidx", DataType.DT_INT32)
        .attribute("keep_dims", keepsAxes)
        .add();
  }

  static int[] axes(int from, int to) {
    return LongStream.range(from, to).mapToInt(axis -> (int) axis).toArray();
  }
}

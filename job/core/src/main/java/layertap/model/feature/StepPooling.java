package layertap.model.feature;

import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.model.feature.FeatureOptions.Pool;
import org.tensorflow.proto.DataType;

/**
 * Pools the time axis of a tensor [batch, time, channels] over the true steps of each row. A tensor
 * whose time axis has another length than the sequences has no padded steps: all its steps count. A
 * row without true steps pools to zeros.
 */
final class StepPooling {
  private final NodeDefs nodes;
  private final DataType dtype;
  private final TensorId value;
  private final TensorId time;
  private final TensorId lengths;
  private final TensorId begin;

  /**
   * Adds what all ways of pooling need.
   *
   * @param value [batch, time, channels] of floating-point numbers
   */
  StepPooling(NodeDefs nodes, TensorId value, DataType dtype, PaddedSteps padded) {
    this.nodes = nodes;
    this.value = value;
    this.dtype = dtype;
    this.time = time();
    this.lengths = lengths(padded);
    this.begin = padded.isAtEnd() ? whole("Sub", "begin", time, lengths) : zeros(lengths);
  }

  /** The tensor [batch, channels]. */
  TensorId add(Pool pool) {
    TensorId one = nodes.scalar("one", 1);
    return switch (pool) {
      case AVG -> {
        TensorId sum = reduce("Sum", masked(real("padding", 0f)));
        TensorId divisor = toReal("divisor", whole("Maximum", "at_least_one", lengths, one));
        TensorId column = expanded("divisors", divisor, dtype);
        yield nodes.node("RealDiv", "pool", sum, column).attribute("T", dtype).add();
      }
      case MAX -> orZero(reduce("Max", masked(real("padding", Float.NEGATIVE_INFINITY))));
      case FIRST -> orZero(step(begin));
      case LAST -> orZero(step(whole("Sub", "last", end(), one)));
      case NONE -> throw new IllegalArgumentException("nothing to pool");
    };
  }

  private TensorId time() {
    TensorId shape = nodes.sizes("shape", value, dtype);
    TensorId from = nodes.vector("time_begin", 1);
    TensorId to = nodes.vector("time_end", 2);
    return nodes
        .node("StridedSlice", "time", shape, from, to, nodes.vector("time_stride", 1))
        .attribute("T", DataType.DT_INT32)
        .attribute("Index", DataType.DT_INT32)
        .attribute("shrink_axis_mask", 1L)
        .add();
  }

  /** Those of the sequences, where the time axis is theirs; else the whole axis. */
  private TensorId lengths(PaddedSteps padded) {
    TensorId steps = nodes.scalar("steps", Math.toIntExact(padded.steps()));
    TensorId isTheirs =
        nodes.node("Equal", "is_theirs", time, steps).attribute("T", DataType.DT_INT32).add();
    return nodes
        .node("SelectV2", "lengths", isTheirs, padded.lengths(), time)
        .attribute("T", DataType.DT_INT32)
        .add();
  }

  private TensorId end() {
    return whole("AddV2", "end", begin, lengths);
  }

  /** The value with other numbers in the steps that were added. */
  private TensorId masked(TensorId padding) {
    TensorId from = nodes.scalar("from", 0);
    TensorId positions =
        nodes
            .node("Range", "positions", from, time, nodes.scalar("by", 1))
            .attribute("Tidx", DataType.DT_INT32)
            .add();
    TensorId begins = expanded("begins", begin, DataType.DT_INT32);
    TensorId ends = expanded("ends", end(), DataType.DT_INT32);
    TensorId isFrom = whole("GreaterEqual", "is_from", positions, begins);
    TensorId isBefore = whole("Less", "is_before", positions, ends);
    TensorId isTrue = nodes.node("LogicalAnd", "is_true", isFrom, isBefore).add();
    TensorId mask = expanded("mask", isTrue, DataType.DT_BOOL);
    return nodes.node("SelectV2", "masked", mask, value, padding).attribute("T", dtype).add();
  }

  private TensorId reduce(String op, TensorId masked) {
    return nodes
        .node(op, "over_time", masked, nodes.vector("time_axis", 1))
        .attribute("T", dtype)
        .attribute("Tidx", DataType.DT_INT32)
        .add();
  }

  /** One step of each row; of a row that has none some step, which is not used. */
  private TensorId step(TensorId position) {
    TensorId last = whole("Sub", "last_position", time, nodes.scalar("one_back", 1));
    TensorId notAfter = whole("Minimum", "not_after", position, last);
    TensorId inside = whole("Maximum", "inside", notAfter, nodes.scalar("first_position", 0));
    return nodes
        .node("GatherV2", "step", value, inside, nodes.scalar("step_axis", 1))
        .attribute("Tparams", dtype)
        .attribute("Tindices", DataType.DT_INT32)
        .attribute("Taxis", DataType.DT_INT32)
        .attribute("batch_dims", 1)
        .add();
  }

  private TensorId orZero(TensorId pooled) {
    TensorId isAny = whole("Greater", "is_any", lengths, nodes.scalar("none", 0));
    TensorId column = expanded("is_any_column", isAny, DataType.DT_BOOL);
    return nodes
        .node("SelectV2", "pool", column, pooled, real("nothing", 0f))
        .attribute("T", dtype)
        .add();
  }

  private TensorId zeros(TensorId vector) {
    return nodes.node("ZerosLike", "begin", vector).attribute("T", DataType.DT_INT32).add();
  }

  private TensorId whole(String op, String name, TensorId left, TensorId right) {
    return nodes.node(op, name, left, right).attribute("T", DataType.DT_INT32).add();
  }

  /** With a new last axis of size one. */
  private TensorId expanded(String name, TensorId tensor, DataType type) {
    return nodes
        .node("ExpandDims", name, tensor, nodes.scalar(name + "_axis", -1))
        .attribute("T", type)
        .attribute("Tdim", DataType.DT_INT32)
        .add();
  }

  private TensorId real(String name, float number) {
    TensorId constant = nodes.scalar(name, number);
    return dtype == DataType.DT_FLOAT ? constant : cast(name, constant, DataType.DT_FLOAT);
  }

  private TensorId toReal(String name, TensorId whole) {
    return cast(name, whole, DataType.DT_INT32);
  }

  private TensorId cast(String name, TensorId value, DataType from) {
    return nodes.cast(name + "_real", value, from, dtype);
  }
}

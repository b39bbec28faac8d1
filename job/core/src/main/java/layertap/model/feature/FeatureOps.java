package layertap.model.feature;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.cut.CutTap;
import layertap.model.feature.FeatureOptions.Layout;
import layertap.model.feature.FeatureOptions.Normalization;
import layertap.model.feature.FeatureOptions.Pool;
import layertap.model.feature.FeatureOptions.Store;
import layertap.model.feed.FixedBatch;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Adds the ops that pool, normalise and cast features to a graph, so that only what is stored
 * crosses to Java. Collects one feature after the other; not thread-safe.
 */
public final class FeatureOps {
  /** As in {@code tf.math.l2_normalize}. */
  private static final float EPSILON = 1e-12f;

  private final List<NodeDef> nodes = new ArrayList<>();
  private final int fixedBatch;
  private final Pooling pooling = new Pooling();
  private int count;

  /**
   * Starts without features.
   *
   * @param fixedBatch the one size of batches that the model takes, or {@link FixedBatch#NONE}
   */
  public FeatureOps(int fixedBatch) {
    this.fixedBatch = fixedBatch;
  }

  /** Whether the ops so far take the lengths of these sequences. */
  public boolean uses(PaddedSteps padded) {
    return pooling.uses(padded);
  }

  /** What users of pooled features should know. */
  public List<String> warnings() {
    return pooling.warnings();
  }

  /** The ops so far. */
  public List<NodeDef> nodes() {
    return List.copyOf(nodes);
  }

  /**
   * Adds the ops for one feature.
   *
   * @param tap with the shape that TensorFlow infers
   * @param paddedSteps of sequences that the tensor is computed from
   * @throws UserException if the tensor has no column type, no batch axis, or not the axes for the
   *     form
   */
  public PlannedFeature add(
      String column, CutTap tap, FeatureOptions form, List<PaddedSteps> paddedSteps) {
    requireBatchAxis(column, tap);
    NodeDefs ops = new NodeDefs("layertap_feature_" + count++ + "/");
    TensorId value = tap.fetch();
    DataType dtype = tap.dtype();
    TensorShape shape = tap.shape();
    boolean computes = form.pool() != Pool.NONE || form.normalization() != Normalization.NONE;
    if (computes || form.store() != Store.NATIVE || form.layout() == Layout.VECTOR) {
      requireFloats(column, dtype);
    }
    if (Dtype.isShortFloat(dtype)) {
      value = cast(ops, value, dtype, DataType.DT_FLOAT);
      dtype = DataType.DT_FLOAT;
    }
    if (form.pool() != Pool.NONE) {
      value = pooling.add(column, ops, value, dtype, shape, form.pool(), paddedSteps);
      shape = Pooling.pooled(shape);
    }
    if (form.normalization() == Normalization.L2) {
      value = normalize(column, ops, value, dtype, shape);
    }
    DataType stored = storedType(column, dtype, form.store());
    if (stored != dtype) {
      value = cast(ops, value, dtype, stored);
    }
    nodes.addAll(ops.nodes());
    return new PlannedFeature(column, tap, form, value, stored, shape.withoutBatch());
  }

  private void requireBatchAxis(String column, CutTap tap) {
    TensorShape shape = tap.shape();
    if (shape.isRankKnown() && (shape.sizes().isEmpty() || !isBatch(shape.sizes().get(0)))) {
      throw new UserException(
          ("cannot write the feature '%s': the tensor %s has the shape %s, whose first "
                  + "axis is not the batch; tap a tensor with a row for each row%s")
              .formatted(column, tap.tap().tensor(), shape, otherAxis(shape)));
    }
  }

  /** The one axis that may be the batch instead of the first, as a hint. */
  private String otherAxis(TensorShape shape) {
    List<Integer> open =
        IntStream.range(1, shape.sizes().size())
            .filter(axis -> shape.sizes().get(axis) == TensorShape.UNKNOWN)
            .boxed()
            .toList();
    return open.size() == 1 ? ", or name its axis with batch-axis = " + open.get(0) : "";
  }

  private boolean isBatch(long size) {
    return size == TensorShape.UNKNOWN || size == fixedBatch;
  }

  private static void requireFloats(String column, DataType dtype) {
    if (!Dtype.isFloat(dtype)) {
      throw new UserException(
          ("cannot pool, normalise or convert the feature '%s': its dtype is %s; such options need"
                  + " floating-point values")
              .formatted(column, Dtype.nameOf(dtype)));
    }
  }

  private static TensorId normalize(
      String column, NodeDefs ops, TensorId value, DataType dtype, TensorShape shape) {
    if (!shape.isRankKnown() || shape.sizes().size() < 2) {
      throw new UserException(
          ("cannot normalise the feature '%s': a row of its shape %s is not a "
                  + "vector; leave normalize out")
              .formatted(column, shape));
    }
    TensorId square = ops.node("Square", "square", value).attribute("T", dtype).add();
    int[] axes = Pooling.axes(1, shape.sizes().size());
    TensorId sum = Pooling.reduce(ops, "Sum", "sum", square, dtype, axes, true);
    TensorId epsilon = ops.scalar("epsilon", EPSILON);
    TensorId bound =
        dtype == DataType.DT_FLOAT ? epsilon : cast(ops, epsilon, DataType.DT_FLOAT, dtype);
    TensorId floor = ops.node("Maximum", "floor", sum, bound).attribute("T", dtype).add();
    TensorId inverse = ops.node("Rsqrt", "inverse", floor).attribute("T", dtype).add();
    return ops.node("Mul", "normalized", value, inverse).attribute("T", dtype).add();
  }

  private static TensorId cast(NodeDefs ops, TensorId value, DataType from, DataType to) {
    return ops.cast("to_" + Dtype.nameOf(to), value, from, to);
  }

  private static DataType storedType(String column, DataType dtype, Store store) {
    return switch (store) {
      case FLOAT16 -> DataType.DT_HALF;
      case BFLOAT16 -> DataType.DT_BFLOAT16;
      case NATIVE ->
          Dtype.find(dtype)
              .flatMap(Dtype::storedAs)
              .map(Dtype::type)
              .orElseThrow(
                  () ->
                      new UserException(
                          ("cannot write the feature '%s': there is no column type for %s; tap a"
                                  + " tensor of numbers, booleans or strings")
                              .formatted(column, Dtype.nameOf(dtype))));
    };
  }
}

package layertap.plan;

import java.util.OptionalLong;
import java.util.stream.Stream;
import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import layertap.plan.ExtractionPlan.BatchRule;
import layertap.tensorflow.ShapeProbe;
import layertap.tensorflow.ShapeProbe.LargestRow;
import org.tensorflow.proto.DataType;

/**
 * What the largest batch of a plan takes: inputs, features, the largest activation, and activations
 * that derivatives keep.
 *
 * @param rows of the batch: the plan's size, or the largest that tasks try
 * @param bytesPerRow as far as shapes are known
 * @param isMost whether batches are smaller where tasks find that faster
 */
public record BatchMemory(int rows, long bytesPerRow, boolean isMost) {
  /** The most rows that tasks try; larger batches are hardly faster. */
  private static final int MOST_ROWS = 256;

  /** The most that a batch may take, to be tried. */
  private static final long MOST_BYTES = 64L << 20;

  /** So many times as large as any other may an activation be whose shape is not known. */
  private static final int UNKNOWN = 8;

  /** Of a plan; asks TensorFlow for the shapes, which has been started. */
  public static BatchMemory of(ExtractionPlan plan) {
    return of(plan, GradientCost.of(plan));
  }

  /** The same where it is known what its derivatives cost. */
  public static BatchMemory of(ExtractionPlan plan, GradientCost gradients) {
    Stream<OptionalLong> feeds =
        plan.feeds().stream().map(feed -> bytes(feed.rowShape(), feed.point().dtype()));
    Stream<OptionalLong> features =
        plan.features().stream().map(feature -> bytes(feature.fullRowShape(), feature.dtype()));
    long known = Stream.concat(feeds, features).flatMapToLong(OptionalLong::stream).sum();
    LargestRow largest = ShapeProbe.largestRow(plan.model());
    long bytesPerRow = known + largest.bytes() + gradients.bytesPerRow();
    int rows = plan.batchSize();
    if (plan.triesBatchSizes()) {
      long cautious = largest.isCertain() ? bytesPerRow : UNKNOWN * bytesPerRow;
      while (2L * rows <= MOST_ROWS && 2L * rows * cautious <= MOST_BYTES) {
        rows *= 2;
      }
    }
    return new BatchMemory(rows, bytesPerRow, plan.batchRule() == BatchRule.AUTO);
  }

  /** Of the batch. */
  public long bytes() {
    return rows * bytesPerRow;
  }

  /** What a tensor takes; empty where rows decide. */
  public static OptionalLong bytes(TensorShape shape, DataType dtype) {
    return shape.isFullyKnown()
        ? OptionalLong.of(shape.elementCount() * size(dtype))
        : OptionalLong.empty();
  }

  /** Of strings, whose lengths nobody knows here, their offsets in a column count. */
  private static long size(DataType dtype) {
    int bytes = Dtype.bytesOf(dtype);
    return bytes == 0 ? Integer.BYTES : bytes;
  }
}

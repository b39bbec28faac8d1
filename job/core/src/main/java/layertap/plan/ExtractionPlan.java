package layertap.plan;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.List;
import layertap.input.feed.LengthFeed;
import layertap.input.feed.PlannedFeed;
import layertap.model.cut.RunnableGraph;
import layertap.model.feature.PlannedFeature;

/**
 * All that it takes to turn rows into features, but for the values of the variables.
 *
 * @param model cut down, with the ops that finish the features
 * @param feeds that the model needs
 * @param features in the order of their columns
 * @param lengths true lengths of padded sequences that the features' ops take
 * @param batchSize rows that go through the model at once
 * @param isBatchFixed whether the model takes batches of exactly that size
 * @param refusesNonFinite whether NaN or an infinity, in or out, makes a row invalid
 */
public record ExtractionPlan(
    RunnableGraph model,
    List<PlannedFeed> feeds,
    List<PlannedFeature> features,
    List<LengthFeed> lengths,
    int batchSize,
    boolean isBatchFixed,
    boolean refusesNonFinite)
    implements Serializable {
  private static final int BATCHES_BUFFERED = 16;

  public ExtractionPlan {
    requireNonNull(model, "model is null");
    feeds = List.copyOf(feeds);
    features = List.copyOf(features);
    lengths = List.copyOf(lengths);
  }

  /**
   * How many rows are looked at together: where rows have shapes of their own, those of one shape
   * are sought among so many.
   */
  public int bufferedRows() {
    boolean isOneShape = feeds.stream().allMatch(feed -> feed.rowShape().isFullyKnown());
    long buffered = isOneShape ? batchSize : (long) batchSize * BATCHES_BUFFERED;
    return (int) Math.min(buffered, Integer.MAX_VALUE);
  }

  /** The plan with another model for the same feeds and features. */
  public ExtractionPlan with(RunnableGraph other) {
    return new ExtractionPlan(
        other, feeds, features, lengths, batchSize, isBatchFixed, refusesNonFinite);
  }
}

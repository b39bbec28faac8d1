package layertap.plan;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import layertap.graph.GraphIndex;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.LengthFeed;
import layertap.input.feed.PlannedFeed;
import layertap.model.cut.RunnableGraph;
import layertap.model.feature.PlannedFeature;
import layertap.model.gradient.build.ExactPart;

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

  /**
   * The plan with a model that computes the same faster, but for rounding; the same object if there
   * is nothing to gain.
   *
   * @param exact features whose values are to keep their bits
   */
  public ExtractionPlan optimized(Collection<PlannedFeature> exact) {
    GraphIndex graph = new GraphIndex(model.graph(), OpDefinitions.registered());
    List<TensorId> kept = new ArrayList<>();
    List<TensorId> untouched = new ArrayList<>();
    for (PlannedFeature feature : features) {
      kept.add(feature.fetch());
      Optional<List<TensorId>> part =
          exact.contains(feature)
              ? Optional.empty()
              : feature.isGradient()
                  ? ExactPart.of(graph, feature.gradient(), feature.fetch())
                  : Optional.of(List.of());
      part.ifPresentOrElse(kept::addAll, () -> untouched.add(feature.fetch()));
    }
    RunnableGraph faster = model.optimized(kept, isFedFinite(), untouched);
    return faster == model ? this : with(faster);
  }

  /** Pixels are; numbers of rows need not be. */
  private boolean isFedFinite() {
    return feeds.stream()
        .allMatch(feed -> feed.isBeside() || feed.conversion() instanceof FeedConversion.Image);
  }

  /** The plan with another model for the same feeds and features. */
  public ExtractionPlan with(RunnableGraph other) {
    return new ExtractionPlan(
        other, feeds, features, lengths, batchSize, isBatchFixed, refusesNonFinite);
  }
}

package layertap.plan;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import layertap.graph.Dtype;
import layertap.graph.GraphIndex;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.graph.detour.FedNumbers;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.LengthFeed;
import layertap.input.feed.PlannedFeed;
import layertap.model.cut.RunnableGraph;
import layertap.model.feature.PlannedFeature;
import layertap.model.gradient.build.ExactPart;
import layertap.plan.precision.Precision;
import org.tensorflow.proto.DataType;

/**
 * All that it takes to turn rows into features, but for the values of the variables.
 *
 * @param model cut down, with the ops that finish the features
 * @param feeds that the model needs
 * @param features in the order of their columns
 * @param lengths true lengths of padded sequences that the features' ops take
 * @param batchSize rows that go through the model at once, or do at first
 * @param batchRule who says how many they are
 * @param refusesNonFinite whether NaN or an infinity, in or out, makes a row invalid
 * @param precision of its products
 */
public record ExtractionPlan(
    RunnableGraph model,
    List<PlannedFeed> feeds,
    List<PlannedFeature> features,
    List<LengthFeed> lengths,
    int batchSize,
    BatchRule batchRule,
    boolean refusesNonFinite,
    Precision precision)
    implements Serializable {
  /** How many rows go at first where tasks are to find out how many are fastest. */
  public static final int FIRST_BATCH = 8;

  private static final int BATCHES_BUFFERED = 16;

  /** Who says how many rows go through a model at once. */
  public enum BatchRule {
    /** The model, which takes batches of exactly that size. */
    MODEL,
    /** A tap of which nothing tells whose row is where: one, though the model takes any number. */
    ONE_ROW,
    /** The configuration: so many, or fewer where there are no more. */
    CONFIGURED,
    /** Tasks: they try several sizes and take the fastest. */
    AUTO
  }

  public ExtractionPlan {
    requireNonNull(model, "model is null");
    requireNonNull(batchRule, "batchRule is null");
    requireNonNull(precision, "precision is null");
    feeds = List.copyOf(feeds);
    features = List.copyOf(features);
    lengths = List.copyOf(lengths);
  }

  /** Whether batches are of exactly the plan's size. */
  public boolean isBatchFixed() {
    return batchRule == BatchRule.MODEL || batchRule == BatchRule.ONE_ROW;
  }

  /** Whether all rows have the same shapes. */
  public boolean isOneShape() {
    return feeds.stream().allMatch(feed -> feed.rowShape().isFullyKnown());
  }

  /**
   * Whether as many rows take as long, whatever their values: all are of one shape, none is a text
   * of any length, and no loop of the model goes round as often as their values say.
   */
  public boolean areBatchesAlike() {
    return isOneShape()
        && feeds.stream().noneMatch(feed -> feed.point().dtype() == DataType.DT_STRING)
        && !model.hasLoopsOfValues();
  }

  /**
   * Whether tasks try several batch sizes. Those of rows with shapes of their own could not be
   * compared, and nobody knows what they take.
   */
  public boolean triesBatchSizes() {
    return batchRule == BatchRule.AUTO && isOneShape();
  }

  /** {@link #bufferedRows(int)} for batches of the plan's size. */
  public int bufferedRows() {
    return bufferedRows(batchSize);
  }

  /**
   * How many rows are looked at together: where rows have shapes of their own, those of one shape
   * are sought among so many.
   *
   * @param rows of a batch
   */
  public int bufferedRows(int rows) {
    long buffered = isOneShape() ? rows : (long) rows * BATCHES_BUFFERED;
    return (int) Math.min(buffered, Integer.MAX_VALUE);
  }

  /**
   * The plan with a model that computes the same faster, but for rounding; the same object if there
   * is nothing to gain.
   *
   * @param exact those of its features whose values are to keep their bits
   */
  public ExtractionPlan optimized(Collection<PlannedFeature> exact) {
    List<TensorId> kept = new ArrayList<>(fetches(features));
    List<TensorId> untouched = new ArrayList<>(fetches(exact));
    List<PlannedFeature> gradients =
        features.stream()
            .filter(feature -> feature.isGradient() && !exact.contains(feature))
            .toList();
    if (!gradients.isEmpty()) {
      GraphIndex graph = new GraphIndex(model.graph(), OpDefinitions.registered());
      for (PlannedFeature feature : gradients) {
        ExactPart.of(graph, feature.gradient(), feature.fetch())
            .ifPresentOrElse(kept::addAll, () -> untouched.add(feature.fetch()));
      }
    }
    RunnableGraph faster = model.optimized(kept, fedNumbers(), untouched);
    return faster == model ? this : with(faster);
  }

  private static List<TensorId> fetches(Collection<PlannedFeature> features) {
    return features.stream().map(PlannedFeature::fetch).toList();
  }

  private FedNumbers fedNumbers() {
    return feeds.stream().map(ExtractionPlan::numbersOf).reduce(FedNumbers.FINITE, FedNumbers::and);
  }

  private static FedNumbers numbersOf(PlannedFeed feed) {
    DataType dtype = feed.point().dtype();
    if (feed.isBeside()
        || feed.conversion() instanceof FeedConversion.Image
        || dtype == DataType.DT_BOOL
        || Dtype.find(dtype).filter(Dtype::isInteger).isPresent()) {
      return FedNumbers.FINITE;
    }
    return Dtype.isFloat(dtype) ? FedNumbers.SEEN : FedNumbers.UNKNOWN;
  }

  /**
   * The plan with a model whose products are computed in fewer bits; the same object if it has
   * none.
   */
  public ExtractionPlan inPrecision(Precision fewer) {
    RunnableGraph reduced = model.inBFloat16(fetches(features));
    return reduced == model ? this : with(reduced, fewer);
  }

  /** The plan with another model for the same feeds and features. */
  public ExtractionPlan with(RunnableGraph other) {
    return with(other, precision);
  }

  private ExtractionPlan with(RunnableGraph other, Precision ofOther) {
    return new ExtractionPlan(
        other, feeds, features, lengths, batchSize, batchRule, refusesNonFinite, ofOther);
  }
}

package layertap.input;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.List;
import layertap.model.TruncatedModel;
import layertap.model.feature.FeatureOutput;

/**
 * All that it takes to turn rows into features, but for the values of the variables.
 *
 * @param model cut down, with the ops that finish the features
 * @param feeds that the model needs
 * @param features in the order of their columns
 * @param batchSize rows that go through the model at once
 * @param isBatchFixed whether the model takes batches of exactly that size
 */
public record ExtractionPlan(
    TruncatedModel model,
    List<FeedBinding> feeds,
    List<FeatureOutput> features,
    int batchSize,
    boolean isBatchFixed)
    implements Serializable {
  public ExtractionPlan {
    requireNonNull(model, "model is null");
    feeds = List.copyOf(feeds);
    features = List.copyOf(features);
  }
}

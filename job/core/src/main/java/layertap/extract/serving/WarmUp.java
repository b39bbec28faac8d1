package layertap.extract.serving;

import java.util.List;
import layertap.extract.FeatureExtractor;
import layertap.extract.check.SyntheticRows;
import layertap.failure.RefusedValuesException;
import layertap.inference.TimeLimit;
import layertap.inference.TimeLimitException;
import layertap.plan.ExtractionPlan;
import layertap.tensor.HostTensor;

/** Runs a row before the first one comes, where that says how long one takes. */
final class WarmUp {
  /** The first run prepares the session. */
  private static final int RUNS = 2;

  private WarmUp() {}

  /**
   * Runs a synthetic row, if all rows take about as long: the extractor knows then how long that
   * is.
   *
   * @param limit of the run
   */
  static void run(FeatureExtractor extractor, TimeLimit limit) {
    ExtractionPlan plan = extractor.plan();
    if (!plan.areBatchesAlike()) {
      return;
    }
    for (int recipe = 0; recipe < SyntheticRows.RECIPE_COUNT; recipe++) {
      List<List<HostTensor>> row = SyntheticRows.of(plan.feeds(), recipe).subList(0, 1);
      try {
        for (int i = 0; i < RUNS; i++) {
          extractor.features(row, limit);
        }
        return;
      } catch (RefusedValuesException e) {
        // Other values may do.
      } catch (TimeLimitException e) {
        return;
      }
    }
  }
}

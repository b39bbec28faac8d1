package layertap.extract.serving;

import java.util.List;
import java.util.OptionalLong;
import layertap.extract.FeatureExtractor;
import layertap.extract.check.SyntheticRows;
import layertap.failure.RefusedValuesException;
import layertap.inference.TimeLimit;
import layertap.inference.TimeLimitException;
import layertap.plan.ExtractionPlan;
import layertap.tensor.HostTensor;

/** Finds out beforehand how long one row takes, where that does not depend on its values. */
final class RowTime {
  private RowTime() {}

  /**
   * Runs a synthetic row, if all rows take about as long: they are of one shape, and the model goes
   * round no loop.
   *
   * @param limit of the run
   * @return nanoseconds of a row once the session has run before; nothing if rows differ, the model
   *     refuses synthetic ones, or one takes longer than the limit
   */
  static OptionalLong ifAlike(FeatureExtractor extractor, TimeLimit limit) {
    ExtractionPlan plan = extractor.plan();
    if (!plan.isOneShape() || plan.model().hasLoops()) {
      return OptionalLong.empty();
    }
    for (int recipe = 0; recipe < SyntheticRows.RECIPE_COUNT; recipe++) {
      List<List<HostTensor>> row = SyntheticRows.of(plan.feeds(), recipe).subList(0, 1);
      try {
        extractor.features(row, limit);
        long start = System.nanoTime();
        extractor.features(row, limit);
        return OptionalLong.of(System.nanoTime() - start);
      } catch (RefusedValuesException e) {
        // Other values may do.
      } catch (TimeLimitException e) {
        return OptionalLong.empty();
      }
    }
    return OptionalLong.empty();
  }
}

package layertap.extract.check;

import java.util.List;
import java.util.stream.IntStream;
import layertap.extract.FeatureExtractor;
import layertap.failure.RefusedValuesException;
import layertap.graph.optimize.MatrixProducts;
import layertap.inference.SessionFactory;
import layertap.input.value.NamedFiles;
import layertap.model.saved.ModelFiles;
import layertap.plan.CheckedValues;
import layertap.plan.ExtractionPlan;
import layertap.tensor.HostTensor;

/** Finds out whether a graph that was rewritten for speed stays within what is promised of it. */
final class OptimizationCheck {
  /** Of the largest value of a feature. */
  private static final double TOLERANCE = 1e-5;

  /** The same for networks in which roundings of roundings add up. */
  private static final double TOLERANCE_OF_DEEP = 1e-4;

  private static final int DEEP = 50;

  private final ExtractionPlan plan;
  private final ModelFiles files;
  private final SessionFactory sessions;

  OptimizationCheck(ExtractionPlan plan, ModelFiles files, SessionFactory sessions) {
    this.plan = plan;
    this.files = files;
    this.sessions = sessions;
  }

  /** The positions of the features that differ by more. */
  List<Integer> deviating(CheckedValues exact) {
    List<List<HostTensor>> expected = exact.tensors();
    double tolerance =
        MatrixProducts.count(plan.model().graph()) > DEEP ? TOLERANCE_OF_DEEP : TOLERANCE;
    IntStream features = IntStream.range(0, plan.features().size());
    try (FeatureExtractor extractor =
        FeatureExtractor.open(plan, sessions, files, NamedFiles.NONE)) {
      List<List<HostTensor>> found =
          extractor.features(SyntheticRows.of(plan.feeds(), exact.recipe()));
      return features
          .filter(feature -> isBeyond(tolerance, ValueComparison.between(expected, found, feature)))
          .boxed()
          .toList();
    } catch (RefusedValuesException e) {
      return features.boxed().toList();
    }
  }

  private static boolean isBeyond(double tolerance, ValueComparison.Difference difference) {
    return difference.exceeds(tolerance * difference.largest());
  }
}

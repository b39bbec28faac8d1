package layertap.extract.check;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import layertap.extract.FeatureExtractor;
import layertap.failure.RefusedValuesException;
import layertap.graph.precision.MatrixProducts;
import layertap.inference.SessionFactory;
import layertap.input.value.NamedFiles;
import layertap.model.saved.ModelFiles;
import layertap.plan.CheckedValues;
import layertap.plan.ExtractionPlan;
import layertap.plan.precision.PrecisionComparison;
import layertap.tensor.HostTensor;

/** Finds out whether a graph that was rewritten for speed stays within what is promised of it. */
final class OptimizationCheck {
  /** Of the largest value of a feature. */
  private static final double TOLERANCE = 1e-5;

  /** The same for networks in which roundings of roundings add up. */
  private static final double TOLERANCE_OF_DEEP = 1e-4;

  private static final int DEEP = 50;

  private static final int ROWS_TIMED = 8;
  private static final int RUNS_TIMED = 5;
  private static final long NANOS_TIMED = 5_000_000_000L;

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
    try (FeatureExtractor extractor = open(plan)) {
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

  /**
   * How close this plan, whose products have fewer bits, comes to one in float32, and how fast.
   *
   * @param exact what that one computed
   */
  PrecisionComparison compared(ExtractionPlan full, CheckedValues exact, boolean isTimed) {
    List<Double> cosines;
    double nanos;
    // One model at a time is open.
    try (FeatureExtractor extractor = open(plan)) {
      cosines = cosines(extractor, exact);
      nanos = isTimed ? nanos(extractor, exact) : 1;
    } catch (RefusedValuesException e) {
      // What float32 computes is taken, what fewer bits compute is not.
      return PrecisionComparison.refused(plan.features().size(), e.getMessage());
    }
    if (!isTimed) {
      return new PrecisionComparison(cosines, 1);
    }
    try (FeatureExtractor extractor = open(full)) {
      return new PrecisionComparison(cosines, nanos(extractor, exact) / nanos);
    }
  }

  private FeatureExtractor open(ExtractionPlan opened) {
    return FeatureExtractor.open(opened, sessions, files, NamedFiles.NONE);
  }

  private static List<Double> cosines(FeatureExtractor extractor, CheckedValues exact) {
    int features = extractor.plan().features().size();
    List<List<HostTensor>> expected = exact.tensors();
    List<Double> cosines = new ArrayList<>();
    List<List<HostTensor>> found =
        extractor.features(SyntheticRows.of(extractor.plan().feeds(), exact.recipe()));
    for (int feature = 0; feature < features; feature++) {
      cosines.add(leastCosine(expected, found, feature));
    }
    return cosines;
  }

  /** Of each row, and of all rows as one: of a single number each row's says nothing. */
  private static double leastCosine(
      List<List<HostTensor>> expected, List<List<HostTensor>> found, int feature) {
    Products all = new Products();
    double least = 1;
    for (int row = 0; row < expected.size(); row++) {
      HostTensor a = expected.get(row).get(feature);
      HostTensor b = found.get(row).get(feature);
      double[] one = TensorNumbers.of(a);
      double[] other = TensorNumbers.of(b);
      if (one.length != other.length || one.length < a.elementCount()) {
        // Strings and truth values are the same, or as far apart as can be.
        if (ValueComparison.between(List.of(a), List.of(b)).exceeds(0)) {
          return 0;
        }
        continue;
      }
      Products own = new Products();
      own.add(one, other);
      all.add(one, other);
      least = Math.min(least, own.cosine());
    }
    return Math.min(least, all.cosine());
  }

  private static final class Products {
    private double both;
    private double one;
    private double other;

    void add(double[] a, double[] b) {
      for (int i = 0; i < a.length; i++) {
        both += a[i] * b[i];
        one += a[i] * a[i];
        other += b[i] * b[i];
      }
    }

    /** 1 of zeros and zeros, 0 of zeros and others, NaN where a value is NaN or infinite. */
    double cosine() {
      if (one == 0 && other == 0) {
        return 1;
      }
      boolean isFinite = Double.isFinite(one) && Double.isFinite(other);
      boolean isOneOfZeros = one == 0 || other == 0;
      return isFinite && isOneOfZeros ? 0 : both / (Math.sqrt(one) * Math.sqrt(other));
    }
  }

  /** The least time of a batch, after one that does not count. */
  private static double nanos(FeatureExtractor extractor, CheckedValues exact) {
    List<List<HostTensor>> few = SyntheticRows.of(extractor.plan().feeds(), exact.recipe());
    List<List<HostTensor>> batch = new ArrayList<>();
    int size = Math.max(ROWS_TIMED, extractor.plan().batchSize());
    for (int i = 0; i < size; i++) {
      batch.add(few.get(i % few.size()));
    }
    extractor.features(batch);
    long begin = System.nanoTime();
    long least = Long.MAX_VALUE;
    for (int run = 0; run < RUNS_TIMED && System.nanoTime() - begin < NANOS_TIMED; run++) {
      long start = System.nanoTime();
      extractor.features(batch);
      least = Math.min(least, System.nanoTime() - start);
    }
    return least;
  }

  private static boolean isBeyond(double tolerance, ValueComparison.Difference difference) {
    return difference.exceeds(tolerance * difference.largest());
  }
}

package layertap.extract.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.extract.FeatureExtractor;
import layertap.extract.batch.RowBatch;
import layertap.extract.check.ValueComparison.Difference;
import layertap.failure.RefusedValuesException;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.graph.UsedTypes;
import layertap.inference.InferenceSession;
import layertap.inference.SessionFactory;
import layertap.input.value.NamedFiles;
import layertap.model.cut.RunnableGraph;
import layertap.model.feature.PlannedFeature;
import layertap.model.feed.FeedPlaceholder;
import layertap.model.saved.ModelFiles;
import layertap.plan.CheckedValues;
import layertap.plan.ExtractionPlan;
import layertap.tensor.HostTensor;

/**
 * Finds out with synthetic rows whether a cut model can be trusted: whether it computes what the
 * model itself does, and each row for itself.
 */
public final class SelfCheck {
  private static final int NOISY_RUNS = 4;

  /** Few runs do not show the worst. */
  private static final double NOISE_TO_ROUNDING = 4;

  private final ExtractionPlan plan;
  private final ModelFiles files;
  private final SessionFactory sessions;
  private final ValueComparison comparison;
  private Rounding rounding;

  /**
   * Prepares a check; opens nothing.
   *
   * @param sessions opens those of both models, and can do so already
   */
  public SelfCheck(ExtractionPlan plan, ModelFiles files, SessionFactory sessions) {
    this.plan = plan;
    this.files = files;
    this.sessions = sessions;
    this.comparison = ValueComparison.of(UsedTypes.of(plan.model().graph()));
  }

  /**
   * Compares the cut model with the original one.
   *
   * @param original with the same taps, in the same order
   * @return what executors compare with; nothing if the model refuses all rows that we can make up
   * @throws UserException names the first tap whose values differ
   */
  public CheckedValues run(RunnableGraph original) {
    Reference reference = reference(original);
    if (reference == null) {
      return CheckedValues.NONE;
    }
    List<List<HostTensor>> rows = SyntheticRows.of(plan.feeds(), reference.recipe);
    List<List<HostTensor>> values = compared(reference, rows);
    // One model at a time is open: two take twice the memory.
    List<String> warnings = new GradientCheck(plan, files, sessions).check(rows);
    return CheckedValues.of(reference.recipe, values, warnings);
  }

  /** The features of rows, whose taps are those of the original model. */
  private List<List<HostTensor>> compared(Reference reference, List<List<HostTensor>> rows) {
    ComparableTaps taps = ComparableTaps.of(plan.model());
    try (FeatureExtractor extractor =
        FeatureExtractor.open(plan.with(taps.model()), sessions, files, NamedFiles.NONE)) {
      List<List<HostTensor>> values = run(extractor.session(), plan.model(), taps.fetches(), rows);
      for (int tap = 0; tap < taps.fetches().size(); tap++) {
        Difference difference = ValueComparison.between(reference.values, values, tap);
        if (difference.exceeds(comparison.tolerated(difference))
            && difference.exceeds(rounding(taps, rows).taps[tap])) {
          throw new UserException(
              ("cannot trust '%s': on synthetic rows the cut model gives other values "
                      + "than the whole one, %s; please report it, or set run.self-check = "
                      + "false to take them all the same")
                  .formatted(plan.model().taps().get(tap).selector(), difference.text()));
        }
      }
      RowMixing mixing =
          new RowMixing(plan, comparison, feature -> rounding(taps, rows).features[feature]);
      return mixing.requireNone(extractor, rows, reference.recipe);
    } catch (RefusedValuesException e) {
      throw new UserException(
          ("cannot trust the cut model: it refuses synthetic rows that the whole "
                  + "one takes, %s; please report it, or set run.self-check = false")
              .formatted(e.getMessage()),
          e);
    }
  }

  /** Only runs synthetic rows through the cut model, whatever comes out. */
  public void runUnchecked() {
    try (FeatureExtractor extractor =
        FeatureExtractor.open(plan, sessions, files, NamedFiles.NONE)) {
      for (int recipe = 0; recipe < SyntheticRows.RECIPE_COUNT; recipe++) {
        try {
          extractor.features(SyntheticRows.of(plan.feeds(), recipe));
          return;
        } catch (RefusedValuesException e) {
          // Other values may do.
        }
      }
    }
  }

  /** What the original model computes for rows that it takes. */
  private record Reference(int recipe, List<List<HostTensor>> values) {}

  private Reference reference(RunnableGraph original) {
    ComparableTaps taps = ComparableTaps.of(original);
    try (InferenceSession session = sessions.openUnoptimized(taps.model(), files)) {
      for (int recipe = 0; recipe < SyntheticRows.RECIPE_COUNT; recipe++) {
        try {
          List<List<HostTensor>> rows = SyntheticRows.of(plan.feeds(), recipe);
          return new Reference(recipe, run(session, original, taps.fetches(), rows));
        } catch (RefusedValuesException e) {
          // Other values may do: identifiers may have been beyond an embedding.
        }
      }
    }
    return null;
  }

  /** How far rounding may move values on synthetic rows, by tap and by feature. */
  private record Rounding(double[] taps, double[] features) {}

  /** Looked at only where values differ: it opens the model once more. */
  private Rounding rounding(ComparableTaps taps, List<List<HostTensor>> rows) {
    if (rounding == null) {
      RunnableGraph noisy = RoundingNoise.addTo(taps.model());
      rounding =
          new Rounding(new double[taps.fetches().size()], new double[plan.features().size()]);
      try (FeatureExtractor extractor =
          FeatureExtractor.open(plan.with(noisy), sessions, files, NamedFiles.NONE)) {
        List<List<HostTensor>> features = extractor.features(rows);
        List<List<HostTensor>> values =
            run(extractor.session(), plan.model(), taps.fetches(), rows);
        for (int i = 0; i < NOISY_RUNS; i++) {
          raise(rounding.features, features, extractor.features(rows));
          raise(
              rounding.taps, values, run(extractor.session(), plan.model(), taps.fetches(), rows));
        }
      } catch (RefusedValuesException e) {
        // Noise brought a value beyond what an op takes; then nothing is known of rounding.
        rounding =
            new Rounding(new double[rounding.taps.length], new double[rounding.features.length]);
      }
    }
    return rounding;
  }

  private static void raise(
      double[] most, List<List<HostTensor>> clean, List<List<HostTensor>> noisy) {
    for (int column = 0; column < most.length; column++) {
      double size = ValueComparison.between(clean, noisy, column).size();
      most[column] = Math.max(most[column], NOISE_TO_ROUNDING * size);
    }
  }

  /** For each row the values of the tensors, all computed in one batch. */
  private List<List<HostTensor>> run(
      InferenceSession session,
      RunnableGraph model,
      List<TensorId> fetches,
      List<List<HostTensor>> rows) {
    List<List<HostTensor>> values = new ArrayList<>();
    int size = plan.isBatchFixed() ? plan.batchSize() : rows.size();
    for (int first = 0; first < rows.size(); first += size) {
      int end = Math.min(first + size, rows.size());
      List<List<HostTensor>> batch = RowBatch.filledUp(rows.subList(first, end), size);
      Map<TensorId, HostTensor> feeds = new LinkedHashMap<>();
      for (int i = 0; i < plan.feeds().size(); i++) {
        FeedPlaceholder point = plan.feeds().get(i).point();
        if (model.feeds().contains(point)) {
          feeds.put(point.placeholder(), RowBatch.stacked(batch, i));
        }
      }
      List<TensorId> distinct = fetches.stream().distinct().toList();
      List<HostTensor> fetched = session.run(feeds, distinct);
      for (int i = 0; i < end - first; i++) {
        int row = i;
        values.add(
            fetches.stream()
                .map(fetch -> row(fetched.get(distinct.indexOf(fetch)), row, size, fetch))
                .toList());
      }
    }
    return values;
  }

  private static HostTensor row(HostTensor value, int row, int rows, TensorId fetch) {
    return FeatureExtractor.requireBatch(value, rows, fetch).row(row);
  }

  /**
   * Compares an executor's extractor with what the driver computed.
   *
   * @throws UserException names the first feature whose values differ
   */
  public void compare(FeatureExtractor extractor, CheckedValues expected) {
    if (!expected.isPresent()) {
      return;
    }
    List<List<HostTensor>> driver = expected.tensors();
    List<List<HostTensor>> rows = SyntheticRows.of(plan.feeds(), expected.recipe());
    List<List<HostTensor>> own = extractor.features(rows);
    ComparableTaps taps = ComparableTaps.of(plan.model());
    for (int feature = 0; feature < plan.features().size(); feature++) {
      Difference difference = ValueComparison.between(driver, own, feature);
      if (difference.exceeds(comparison.tolerated(difference))
          && difference.exceeds(rounding(taps, rows).features[feature])) {
        PlannedFeature output = plan.features().get(feature);
        throw new UserException(
            ("cannot trust '%s' on this executor: it computes other values than the "
                    + "driver, %s; exclude its host")
                .formatted(output.selector(), difference.text()));
      }
    }
  }
}

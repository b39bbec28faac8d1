package layertap.extract;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.extract.batch.KnownTimes;
import layertap.extract.batch.RowBatch;
import layertap.failure.RefusedValuesException;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.inference.InferenceSession;
import layertap.inference.TimeLimit;
import layertap.inference.TimeLimitException;
import layertap.model.feature.PlannedFeature;
import layertap.plan.ExtractionPlan;
import layertap.tensor.HostTensor;

/** Runs a plan's model on rows of one shape. Thread-safe. */
final class ModelRuns {
  /** See {@link #smallestSize}. */
  private static final int SMALLEST_BATCH = 2;

  private final ExtractionPlan plan;
  private final InferenceSession session;
  private final KnownTimes times;
  private final int smallestBatch;
  private final List<TensorId> placeholders = new ArrayList<>();
  private final List<TensorId> fetches;

  /** For each feature, the position of its fetch. */
  private final int[] fetchOfFeature;

  /**
   * Prepares runs.
   *
   * @param times of batches, as far as they are known
   * @param isRowAloneDoubled see {@link #smallestSize}
   */
  ModelRuns(
      ExtractionPlan plan, InferenceSession session, KnownTimes times, boolean isRowAloneDoubled) {
    this.plan = plan;
    this.session = session;
    this.times = times;
    this.smallestBatch = isRowAloneDoubled ? SMALLEST_BATCH : 1;
    plan.feeds().forEach(feed -> placeholders.add(feed.point().placeholder()));
    plan.lengths().forEach(length -> placeholders.add(length.placeholder()));
    this.fetches = plan.features().stream().map(PlannedFeature::fetch).distinct().toList();
    this.fetchOfFeature =
        plan.features().stream().mapToInt(feature -> fetches.indexOf(feature.fetch())).toArray();
  }

  /**
   * Runs the rows; if an op refuses their values, or they take too long, halves them until the
   * culprits are alone. Every part has the whole time, its conversion included; a row alone, which
   * runs beside a copy of itself, has it twice.
   *
   * @return whether they went through the model at once
   */
  boolean isolating(
      List<ConvertedRow> rows, RowFeatures[] results, TimeLimit limit, RowWatcher watcher) {
    try {
      boolean isDoubled = rows.size() < smallestBatch && !plan.isBatchFixed();
      TimeLimit left =
          limit
              .times(isDoubled ? SMALLEST_BATCH : 1)
              .after(rows.stream().mapToLong(ConvertedRow::nanos).sum());
      if (left.isOver()) {
        throw new TimeLimitException(limit);
      }
      watcher.begin(rows.stream().mapToInt(ConvertedRow::position).toArray(), left);
      together(rows, results, left);
      return true;
    } catch (RefusedValuesException | TimeLimitException e) {
      if (rows.size() == 1) {
        results[rows.get(0).position()] = RowFeatures.invalid(reason(e, limit));
        return false;
      }
      int middle = rows.size() / 2;
      isolating(rows.subList(0, middle), results, limit, watcher);
      isolating(rows.subList(middle, rows.size()), results, limit, watcher);
      return false;
    }
  }

  private static String reason(RuntimeException failure, TimeLimit limit) {
    return failure instanceof TimeLimitException
        ? "it takes more than run.batch-seconds = %s alone (raise that if it may)"
            .formatted(limit.seconds())
        : "the model refuses the values: " + failure.getMessage();
  }

  /**
   * Runs the rows as one batch.
   *
   * @throws RefusedValuesException if an op refuses their values
   * @throws TimeLimitException if they take too long
   */
  void together(List<ConvertedRow> rows, RowFeatures[] results, TimeLimit limit) {
    List<List<HostTensor>> batch =
        RowBatch.filledUp(rows.stream().map(ConvertedRow::tensors).toList(), smallestSize());
    Map<TensorId, HostTensor> feeds = new LinkedHashMap<>();
    for (int i = 0; i < placeholders.size(); i++) {
      feeds.put(placeholders.get(i), RowBatch.stacked(batch, i));
    }
    long start = System.nanoTime();
    List<HostTensor> fetched = session.run(feeds, fetches, times.limit(batch.size(), limit));
    times.took(batch.size(), System.nanoTime() - start);
    for (int i = 0; i < fetches.size(); i++) {
      requireBatch(fetched.get(i), batch.size(), fetches.get(i));
    }
    for (int row = 0; row < rows.size(); row++) {
      List<HostTensor> features = new ArrayList<>(fetchOfFeature.length);
      for (int fetch : fetchOfFeature) {
        features.add(fetched.get(fetch).row(row));
      }
      results[rows.get(row).position()] = RowFeatures.of(features);
    }
  }

  /**
   * The one size of a batch that the model takes, or two: a matrix product of a single row takes a
   * kernel of its own, which may round otherwise than those for several rows. Where these do not
   * look at the number of rows (most with AVX-512), a row alone so has the bits that it has beside
   * others. With AVX2 they do, and at the row's position too: there no filling up makes the last
   * digits the same. Fewer rows are filled up with copies; what these give is dropped.
   */
  private int smallestSize() {
    return plan.isBatchFixed() ? plan.batchSize() : smallestBatch;
  }

  static HostTensor requireBatch(HostTensor value, int rows, TensorId fetch) {
    if (value.shape().length == 0 || value.shape()[0] != rows) {
      throw new UserException(
          ("cannot split %s into rows: a batch of %s gave %s; the tensor mixes rows, tap one with a"
                  + " row for each row")
              .formatted(fetch, rows, value));
    }
    return value;
  }
}

package layertap.extract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.extract.batch.BatchSizes;
import layertap.extract.batch.KnownTimes;
import layertap.failure.BadRowException;
import layertap.failure.RefusedValuesException;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.inference.InferenceSession;
import layertap.inference.SessionFactory;
import layertap.inference.TimeLimit;
import layertap.inference.TimeLimitException;
import layertap.input.feed.FeedConversion;
import layertap.input.value.NamedFiles;
import layertap.model.saved.ModelFiles;
import layertap.plan.BatchMemory;
import layertap.plan.ExtractionPlan;
import layertap.tensor.HostTensor;

/** Turns rows into features, without Spark. Thread-safe; owns native sessions until closed. */
public final class FeatureExtractor implements AutoCloseable {
  /** 64 MB of floats: rows of other shapes than the next ones do not wait for longer. */
  private static final long MOST_PENDING_ELEMENTS = 16L << 20;

  private final ExtractionPlan plan;
  private final InferenceSession session;
  private final RowConverter converter;
  private final ModelRuns runs;
  private final ModelRuns undoubledRuns;
  private final BatchSizes batchSizes;

  /** Whether rows are converted by natives; what Java does needs no watch. */
  private final boolean runsKernels;

  private FeatureExtractor(
      ExtractionPlan plan,
      InferenceSession session,
      RowConverter converter,
      BatchSizes batchSizes) {
    this.plan = plan;
    this.session = session;
    this.converter = converter;
    KnownTimes times = new KnownTimes(plan.areBatchesAlike());
    this.runs = new ModelRuns(plan, session, times, true /* a row alone is doubled */);
    this.undoubledRuns = new ModelRuns(plan, session, times, false);
    this.batchSizes = batchSizes;
    this.runsKernels =
        plan.feeds().stream().anyMatch(feed -> feed.conversion() instanceof FeedConversion.Image);
  }

  /**
   * Reads the variables and opens the sessions.
   *
   * @param sessions opens them, and can do so already
   * @param files of the model
   * @param namedFiles for rows that name files
   * @throws UserException if the model is damaged
   * @throws java.io.UncheckedIOException if its storage fails
   */
  public static FeatureExtractor open(
      ExtractionPlan plan, SessionFactory sessions, ModelFiles files, NamedFiles namedFiles) {
    return open(plan, sessions, files, namedFiles, BatchSizes.always(plan.batchSize()));
  }

  /**
   * The same, with sizes of batches.
   *
   * @param batchSizes asked by {@link #nextBatchSize}, and told how long batches took
   */
  public static FeatureExtractor open(
      ExtractionPlan plan,
      SessionFactory sessions,
      ModelFiles files,
      NamedFiles namedFiles,
      BatchSizes batchSizes) {
    InferenceSession session = sessions.open(plan.model(), files);
    try {
      RowConverter converter = RowConverter.open(plan, sessions, namedFiles);
      return new FeatureExtractor(plan, session, converter, batchSizes);
    } catch (Throwable e) {
      session.close();
      throw e;
    }
  }

  public ExtractionPlan plan() {
    return plan;
  }

  /** How many rows the caller's next batch is to have. */
  public int nextBatchSize() {
    return batchSizes.next(() -> BatchMemory.of(plan).rows());
  }

  public BatchSizes batchSizes() {
    return batchSizes;
  }

  /**
   * Extracts the features of rows, in batches of rows of the same shape.
   *
   * @param rows for each row the values of the feeds' columns, in the order of the plan
   * @return for each row its features or why it has none, in their order
   */
  public ExtractedBatch extract(List<Object[]> rows) {
    return extract(rows, plan.batchSize(), TimeLimit.NONE, RowWatcher.NONE);
  }

  /**
   * The same with an eye on the time.
   *
   * @param batchSize how many rows go through the model at once, where the model does not say
   * @param limit of a batch, with the conversion of its rows; what takes longer is halved, and a
   *     row that takes longer alone has no features
   * @param watcher of the calling thread
   */
  public ExtractedBatch extract(
      List<Object[]> rows, int batchSize, TimeLimit limit, RowWatcher watcher) {
    return extract(rows, new Batches(rows.size(), runs, batchSize, limit, watcher));
  }

  /**
   * The same in batches of the plan's size, but that a row which is alone of its shape does not run
   * beside a copy of itself: in less time, and perhaps with other last digits than beside others.
   */
  public ExtractedBatch extractUndoubled(List<Object[]> rows, TimeLimit limit) {
    int size = plan.batchSize();
    return extract(rows, new Batches(rows.size(), undoubledRuns, size, limit, RowWatcher.NONE));
  }

  private ExtractedBatch extract(List<Object[]> rows, Batches batches) {
    for (int i = 0; i < rows.size(); i++) {
      try {
        if (runsKernels) {
          batches.watcher.begin(new int[] {i}, batches.limit);
        }
        batches.add(converter.convert(rows.get(i), i));
      } catch (BadRowException e) {
        batches.results[i] = RowFeatures.invalid(e);
      }
    }
    batches.runAll();
    return new ExtractedBatch(
        Arrays.asList(batches.results), batches.count, batches.inferenceNanos);
  }

  /** Collects rows of the same shapes and runs them when they are a batch, or take much memory. */
  private final class Batches {
    private final RowFeatures[] results;
    private final ModelRuns model;
    private final int batchSize;
    private final TimeLimit limit;
    private final RowWatcher watcher;
    private final Map<Object, List<ConvertedRow>> byShape = new LinkedHashMap<>();
    private long pendingElements;
    private int count;
    private long inferenceNanos;

    Batches(int rows, ModelRuns model, int batchSize, TimeLimit limit, RowWatcher watcher) {
      this.results = new RowFeatures[rows];
      this.model = model;
      this.batchSize = batchSize;
      this.limit = limit;
      this.watcher = watcher;
    }

    void add(ConvertedRow row) {
      List<ConvertedRow> group = byShape.computeIfAbsent(row.shapes(), key -> new ArrayList<>());
      group.add(row);
      pendingElements += row.elements();
      if (group.size() == batchSize) {
        byShape.remove(row.shapes());
        pendingElements -= batchSize * row.elements();
        runTimed(group);
      } else if (pendingElements > MOST_PENDING_ELEMENTS) {
        runAll();
      }
    }

    void runAll() {
      byShape.values().forEach(this::runTimed);
      byShape.clear();
      pendingElements = 0;
    }

    private void runTimed(List<ConvertedRow> group) {
      long start = System.nanoTime();
      if (model.isolating(group, results, limit, watcher)) {
        batchSizes.ran(group.size(), System.nanoTime() - start);
      }
      if (plan.refusesNonFinite()) {
        group.forEach(
            row -> results[row.position()] = results[row.position()].ifFinite(plan.features()));
      }
      inferenceNanos += System.nanoTime() - start;
      count++;
    }
  }

  /**
   * The features of rows that are tensors already.
   *
   * @throws RefusedValuesException if an op refuses their values
   */
  public List<List<HostTensor>> features(List<List<HostTensor>> rows) {
    return features(rows, TimeLimit.NONE);
  }

  /**
   * The same, a batch for no longer than a limit.
   *
   * @throws RefusedValuesException if an op refuses their values
   * @throws TimeLimitException if a batch takes longer
   */
  public List<List<HostTensor>> features(List<List<HostTensor>> rows, TimeLimit limit) {
    List<List<HostTensor>> features = new ArrayList<>();
    int size = plan.isBatchFixed() ? plan.batchSize() : rows.size();
    for (int first = 0; first < rows.size(); first += size) {
      List<ConvertedRow> batch = new ArrayList<>();
      for (int i = first; i < Math.min(first + size, rows.size()); i++) {
        List<HostTensor> row = RowConverter.withFullLengths(plan, rows.get(i));
        batch.add(new ConvertedRow(batch.size(), row, 0));
      }
      RowFeatures[] results = new RowFeatures[batch.size()];
      runs.together(batch, results, limit);
      Arrays.stream(results).map(RowFeatures::features).forEach(features::add);
    }
    return features;
  }

  public InferenceSession session() {
    return session;
  }

  public static HostTensor requireBatch(HostTensor value, int rows, TensorId fetch) {
    return ModelRuns.requireBatch(value, rows, fetch);
  }

  /** Frees all native memory. Nothing may run. */
  @Override
  public void close() {
    converter.close();
    session.close();
  }
}

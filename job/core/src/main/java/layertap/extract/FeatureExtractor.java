package layertap.extract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.failure.BadRowException;
import layertap.failure.RefusedValuesException;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.inference.InferenceSession;
import layertap.inference.SessionFactory;
import layertap.input.value.NamedFiles;
import layertap.input.value.SequenceConverter;
import layertap.model.feature.PlannedFeature;
import layertap.model.saved.ModelFiles;
import layertap.plan.ExtractionPlan;
import layertap.tensor.HostTensor;

/**
 * Turns rows into features: the whole way without Spark. Thread-safe; owns native sessions until it
 * is closed.
 */
public final class FeatureExtractor implements AutoCloseable {
  /** See {@link #filledUp}. */
  private static final int SMALLEST_BATCH = 2;

  /** 64 MB of floats: rows of other shapes than the next ones do not wait for longer. */
  private static final long MOST_PENDING_ELEMENTS = 16L << 20;

  private final ExtractionPlan plan;
  private final InferenceSession session;
  private final RowConverter converter;
  private final List<TensorId> placeholders = new ArrayList<>();
  private final List<TensorId> fetches;

  private FeatureExtractor(ExtractionPlan plan, InferenceSession session, RowConverter converter) {
    this.plan = plan;
    this.session = session;
    this.converter = converter;
    plan.feeds().forEach(feed -> placeholders.add(feed.point().placeholder()));
    plan.lengths().forEach(length -> placeholders.add(length.placeholder()));
    this.fetches = plan.features().stream().map(PlannedFeature::fetch).distinct().toList();
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
    InferenceSession session = sessions.open(plan.model(), files);
    try {
      return new FeatureExtractor(plan, session, RowConverter.open(plan, sessions, namedFiles));
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  public ExtractionPlan plan() {
    return plan;
  }

  /**
   * Extracts the features of rows, in batches of rows of the same shape.
   *
   * @param rows for each row the values of the feeds' columns, in the order of the plan
   * @return for each row its features or why it has none, in the same order
   */
  public ExtractedBatch extract(List<Object[]> rows) {
    Batches batches = new Batches(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      try {
        batches.add(converter.convert(rows.get(i), i));
      } catch (BadRowException e) {
        batches.results[i] = RowFeatures.invalid(e.getMessage());
      }
    }
    batches.runAll();
    return new ExtractedBatch(
        Arrays.asList(batches.results), batches.count, batches.inferenceNanos);
  }

  /** Collects rows of the same shapes and runs them when they are a batch, or take much memory. */
  private final class Batches {
    private final RowFeatures[] results;
    private final Map<List<Object>, List<ConvertedRow>> byShape = new LinkedHashMap<>();
    private long pendingElements;
    private int count;
    private long inferenceNanos;

    Batches(int rows) {
      this.results = new RowFeatures[rows];
    }

    void add(ConvertedRow row) {
      List<ConvertedRow> group =
          byShape.computeIfAbsent(row.shapes(), key -> new ArrayList<>(plan.batchSize()));
      group.add(row);
      pendingElements += row.elements();
      if (group.size() == plan.batchSize()) {
        byShape.remove(row.shapes());
        pendingElements -= group.stream().mapToLong(ConvertedRow::elements).sum();
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
      run(group, results);
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
    List<List<HostTensor>> features = new ArrayList<>();
    int size = plan.isBatchFixed() ? plan.batchSize() : rows.size();
    for (int first = 0; first < rows.size(); first += size) {
      List<ConvertedRow> batch = new ArrayList<>();
      for (int i = first; i < Math.min(first + size, rows.size()); i++) {
        batch.add(new ConvertedRow(batch.size(), withFullLengths(rows.get(i))));
      }
      RowFeatures[] results = new RowFeatures[batch.size()];
      runTogether(batch, results);
      Arrays.stream(results).map(RowFeatures::features).forEach(features::add);
    }
    return features;
  }

  /** Sequences that were not padded are as long as they are. */
  private List<HostTensor> withFullLengths(List<HostTensor> row) {
    List<HostTensor> tensors = new ArrayList<>(row);
    plan.lengths()
        .forEach(
            length -> tensors.add(SequenceConverter.length(row.get(length.feed()).shape()[0])));
    return tensors;
  }

  public InferenceSession session() {
    return session;
  }

  /** Runs the rows; if an op refuses their values, halves them until the culprits are alone. */
  private void run(List<ConvertedRow> rows, RowFeatures[] results) {
    try {
      runTogether(rows, results);
    } catch (RefusedValuesException e) {
      if (rows.size() == 1) {
        results[rows.get(0).position()] =
            RowFeatures.invalid("the model refuses the values: " + e.getMessage());
        return;
      }
      int middle = rows.size() / 2;
      run(rows.subList(0, middle), results);
      run(rows.subList(middle, rows.size()), results);
    }
  }

  private void runTogether(List<ConvertedRow> rows, RowFeatures[] results) {
    List<ConvertedRow> batch = filledUp(rows);
    Map<TensorId, HostTensor> feeds = new LinkedHashMap<>();
    for (int i = 0; i < placeholders.size(); i++) {
      int position = i;
      feeds.put(
          placeholders.get(i),
          HostTensor.stack(batch.stream().map(row -> row.tensors().get(position)).toList()));
    }
    Map<TensorId, HostTensor> values = new LinkedHashMap<>();
    List<HostTensor> fetched = session.run(feeds, fetches);
    for (int i = 0; i < fetches.size(); i++) {
      values.put(fetches.get(i), requireBatch(fetched.get(i), batch.size(), fetches.get(i)));
    }
    for (int i = 0; i < rows.size(); i++) {
      int row = i;
      List<HostTensor> features =
          plan.features().stream().map(feature -> values.get(feature.fetch()).row(row)).toList();
      results[rows.get(i).position()] = new RowFeatures(features, "");
    }
  }

  /**
   * A batch of the one size that the model takes, or of two: a matrix product of a single row takes
   * a kernel of its own, which may round otherwise than those for several rows. Where these do not
   * look at the number of rows (most with AVX-512), a row alone so has the bits that it has beside
   * others. With AVX2 they do, and at the row's position too: there no filling up makes the last
   * digits the same. What the copies give is dropped.
   */
  private List<ConvertedRow> filledUp(List<ConvertedRow> rows) {
    int size = plan.isBatchFixed() ? plan.batchSize() : SMALLEST_BATCH;
    if (rows.size() >= size) {
      return rows;
    }
    List<ConvertedRow> filled = new ArrayList<>(rows);
    while (filled.size() < size) {
      filled.add(rows.get(rows.size() - 1));
    }
    return filled;
  }

  public static HostTensor requireBatch(HostTensor value, int rows, TensorId fetch) {
    if (value.shape().length == 0 || value.shape()[0] != rows) {
      throw new UserException(
          ("cannot split %s into rows: a batch of %d gave %s; the tensor mixes rows, tap one with a"
                  + " row for each row")
              .formatted(fetch, rows, value));
    }
    return value;
  }

  /** Frees all native memory. Nothing may run. */
  @Override
  public void close() {
    converter.close();
    session.close();
  }
}

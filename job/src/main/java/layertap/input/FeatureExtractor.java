package layertap.input;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.graph.TensorId;
import layertap.model.ModelException;
import layertap.model.ModelFiles;
import layertap.model.feature.FeatureOutput;
import layertap.tensorflow.HostTensor;
import layertap.tensorflow.RefusedValuesException;
import layertap.tensorflow.TruncatedSession;

/**
 * Turns rows into features: the whole way without Spark. Thread-safe; owns native sessions until it
 * is closed.
 */
public final class FeatureExtractor implements AutoCloseable {
  private static final int SMALLEST_BATCH = 2;

  private final ExtractionPlan plan;
  private final TruncatedSession session;
  private final List<ValueConverter> converters;
  private final List<TensorId> placeholders = new ArrayList<>();
  private final List<TensorId> fetches;

  private FeatureExtractor(
      ExtractionPlan plan, TruncatedSession session, List<ValueConverter> converters) {
    this.plan = plan;
    this.session = session;
    this.converters = converters;
    plan.feeds().forEach(feed -> placeholders.add(feed.point().placeholder()));
    plan.lengths().forEach(length -> placeholders.add(length.placeholder()));
    this.fetches = plan.features().stream().map(FeatureOutput::fetch).distinct().toList();
  }

  /**
   * Reads the variables and opens the sessions. TensorFlow has been started.
   *
   * @param files of the model
   * @param namedFiles for rows that name files
   * @throws layertap.model.ModelException if the model is damaged
   * @throws java.io.UncheckedIOException if its storage fails
   */
  public static FeatureExtractor open(
      ExtractionPlan plan, ModelFiles files, NamedFiles namedFiles) {
    TruncatedSession session = TruncatedSession.open(plan.model(), files);
    List<ValueConverter> converters = new ArrayList<>();
    FeatureExtractor extractor = new FeatureExtractor(plan, session, converters);
    try {
      plan.feeds()
          .forEach(feed -> converters.add(feed.conversion().open(feed.point(), namedFiles)));
      return extractor;
    } catch (RuntimeException e) {
      extractor.close();
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
    long start = System.nanoTime();
    RowFeatures[] results = new RowFeatures[rows.size()];
    Map<List<Object>, List<ConvertedRow>> byShape = new LinkedHashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      try {
        ConvertedRow row = convert(rows.get(i), i);
        byShape.computeIfAbsent(row.shapes(), key -> new ArrayList<>()).add(row);
      } catch (BadRowException e) {
        results[i] = RowFeatures.invalid(e.getMessage());
      }
    }
    long converted = System.nanoTime();
    for (List<ConvertedRow> group : byShape.values()) {
      for (int first = 0; first < group.size(); first += plan.batchSize()) {
        run(group.subList(first, Math.min(group.size(), first + plan.batchSize())), results);
      }
    }
    return new ExtractedBatch(
        Arrays.asList(results), converted - start, System.nanoTime() - converted);
  }

  /** A row as tensors of feeds and lengths, and its place among the rows. */
  private record ConvertedRow(int position, List<HostTensor> tensors) {
    /** Rows of the same shapes go through the model together. */
    List<Object> shapes() {
      List<Object> shapes = new ArrayList<>();
      tensors.forEach(tensor -> shapes.add(Arrays.toString(tensor.shape())));
      return shapes;
    }
  }

  private ConvertedRow convert(Object[] values, int position) {
    List<HostTensor> tensors = new ArrayList<>();
    List<Object> fed = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < plan.feeds().size(); i++) {
      FeedBinding feed = plan.feeds().get(i);
      int end = next + feed.columns().size();
      try {
        fed.add(feed.conversion().join(feed.columns(), Arrays.asList(values).subList(next, end)));
        HostTensor tensor = converters.get(i).convert(fed.get(i));
        if (plan.refusesNonFinite()) {
          FiniteValues.require(tensor);
        }
        tensors.add(tensor);
      } catch (BadRowException e) {
        throw new BadRowException(feed.columnText() + ": " + e.getMessage(), e);
      }
      next = end;
    }
    for (LengthFeed length : plan.lengths()) {
      SequenceConverter converter = (SequenceConverter) converters.get(length.feed());
      tensors.add(converter.trueLength(fed.get(length.feed())));
    }
    return new ConvertedRow(position, tensors);
  }

  /**
   * The features of rows that are tensors already.
   *
   * @throws RefusedValuesException if an op refuses their values
   */
  List<List<HostTensor>> features(List<List<HostTensor>> rows) {
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

  TruncatedSession session() {
    return session;
  }

  /** Runs the rows; if an op refuses their values, halves them until the culprits are alone. */
  private void run(List<ConvertedRow> rows, RowFeatures[] results) {
    try {
      runTogether(rows, results);
    } catch (RefusedValuesException e) {
      if (rows.size() == 1) {
        results[rows.get(0).position] =
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
          HostTensor.stack(batch.stream().map(row -> row.tensors.get(position)).toList()));
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
      results[rows.get(i).position] = finished(features);
    }
  }

  private RowFeatures finished(List<HostTensor> features) {
    for (int i = 0; plan.refusesNonFinite() && i < features.size(); i++) {
      try {
        FiniteValues.require(features.get(i));
      } catch (BadRowException e) {
        return RowFeatures.invalid(
            "the feature " + plan.features().get(i).column() + ": " + e.getMessage());
      }
    }
    return new RowFeatures(features, "");
  }

  /**
   * A batch of the one size that the model takes, or of two: a matrix product of a single row takes
   * another kernel, which rounds differently, and a row alone shall have the values that it has
   * beside others. What the copies give is dropped.
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

  static HostTensor requireBatch(HostTensor value, int rows, TensorId fetch) {
    if (value.shape().length == 0 || value.shape()[0] != rows) {
      throw new ModelException(
          "cannot split "
              + fetch
              + " into rows: a batch of "
              + rows
              + " gave "
              + value
              + "; the tensor mixes rows, tap one with a row for each row");
    }
    return value;
  }

  /** Frees all native memory. Nothing may run. */
  @Override
  public void close() {
    converters.forEach(ValueConverter::close);
    session.close();
  }
}

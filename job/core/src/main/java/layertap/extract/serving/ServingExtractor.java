package layertap.extract.serving;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import layertap.config.JobConfig.OnInvalid;
import layertap.extract.ExtractedRow;
import layertap.extract.Extractor;
import layertap.extract.FeatureArray;
import layertap.extract.FeatureExtractor;
import layertap.extract.RowFeatures;
import layertap.extract.RowWatcher;
import layertap.failure.BadRowException;
import layertap.failure.InvalidRowException;
import layertap.graph.Dtype;
import layertap.inference.TimeLimit;
import layertap.model.feature.PlannedFeature;
import layertap.tensor.HalfFloats;
import layertap.tensor.HostTensor;

/** An extractor on the engine of this JVM, which it owns. Thread-safe. */
final class ServingExtractor implements Extractor {
  private final FeatureExtractor engine;
  private final RowReader reader;
  private final CallerBatches batches;
  private final boolean isRowAloneDoubled;
  private final OnInvalid onInvalid;
  private final TimeLimit limit;
  private final int mostRows;
  private boolean isFreed;

  /**
   * Takes an engine.
   *
   * @param engine is closed with this
   * @param isRowAloneDoubled whether a row that comes alone, in no list, and finds nobody to go
   *     with runs beside a copy of itself, with the bits of a job's file
   * @param limit of a batch
   */
  ServingExtractor(
      FeatureExtractor engine,
      boolean isRowAloneDoubled,
      OnInvalid onInvalid,
      TimeLimit limit,
      int concurrentBatches,
      Duration longestWait) {
    this.engine = engine;
    this.reader = new RowReader(engine.plan().feeds());
    this.batches =
        new CallerBatches(this::run, engine.plan().batchSize(), concurrentBatches, longestWait);
    this.isRowAloneDoubled = isRowAloneDoubled;
    this.onInvalid = onInvalid;
    this.limit = limit;
    this.mostRows = engine.plan().bufferedRows();
  }

  private List<RowFeatures> run(List<Object[]> rows, boolean isOfList) {
    return isOfList || isRowAloneDoubled
        ? engine.extract(rows, engine.plan().batchSize(), limit, RowWatcher.NONE).rows()
        : engine.extractUndoubled(rows, limit).rows();
  }

  @Override
  public ExtractedRow extract(Map<String, ?> row) {
    batches.requireOpen();
    List<Map<String, ?>> rows = List.of(requireNonNull(row, "row is null"));
    return toRow(extractTogether(rows, false /* one row */).get(0), 0, 1);
  }

  @Override
  public List<ExtractedRow> extract(List<? extends Map<String, ?>> rows) {
    batches.requireOpen();
    List<ExtractedRow> extracted = new ArrayList<>(requireNonNull(rows, "rows is null").size());
    for (int first = 0; first < rows.size(); first += mostRows) {
      int end = (int) Math.min(rows.size(), (long) first + mostRows);
      for (RowFeatures features : extractTogether(rows.subList(first, end), true)) {
        extracted.add(toRow(features, extracted.size(), rows.size()));
      }
    }
    return extracted;
  }

  private List<RowFeatures> extractTogether(List<? extends Map<String, ?>> rows, boolean isList) {
    RowFeatures[] results = new RowFeatures[rows.size()];
    List<Object[]> read = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      try {
        read.add(reader.read(requireNonNull(rows.get(i), "a row is null")));
      } catch (BadRowException e) {
        results[i] = RowFeatures.invalid(e);
      }
    }
    if (!read.isEmpty()) {
      Iterator<RowFeatures> next = batches.run(read, isList).iterator();
      Arrays.setAll(results, i -> results[i] == null ? next.next() : results[i]);
    }
    return Arrays.asList(results);
  }

  private ExtractedRow toRow(RowFeatures row, int position, int count) {
    if (!row.isValid()) {
      if (onInvalid == OnInvalid.ERROR) {
        throw new InvalidRowException(
            "cannot extract %s: %s; correct it or leave it out, or set rows.on-invalid to skip or keep"
                .formatted(
                    count == 1 ? "the row" : "row %s, counted from 0".formatted(position),
                    row.error()));
      }
      return new ExtractedRow(Map.of(), row.error());
    }
    Map<String, FeatureArray> features = new LinkedHashMap<>();
    for (int i = 0; i < row.features().size(); i++) {
      PlannedFeature feature = engine.plan().features().get(i);
      features.put(feature.column(), toArray(feature.column(), row.features().get(i)));
    }
    return new ExtractedRow(features, "");
  }

  private static FeatureArray toArray(String name, HostTensor tensor) {
    int[] shape = Arrays.stream(tensor.shape()).mapToInt(Math::toIntExact).toArray();
    return new FeatureArray(name, Dtype.nameOf(tensor.dtype()), shape, values(tensor));
  }

  private static Object values(HostTensor tensor) {
    if (tensor.values() instanceof short[] bits) {
      return HalfFloats.toFloats(tensor.dtype(), bits);
    }
    if (tensor.values() instanceof byte[][] texts) {
      return Arrays.stream(texts)
          .map(text -> new String(text, StandardCharsets.UTF_8))
          .toArray(String[]::new);
    }
    return tensor.values();
  }

  @Override
  public List<String> columns() {
    return reader.columns();
  }

  @Override
  public List<String> features() {
    return engine.plan().features().stream().map(PlannedFeature::column).toList();
  }

  @Override
  public void close() {
    batches.close();
    synchronized (this) {
      if (!isFreed) {
        isFreed = true;
        engine.close();
      }
    }
  }
}

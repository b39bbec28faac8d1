package layertap.spark.task;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import layertap.config.JobConfig.OnInvalid;
import layertap.extract.ExtractedBatch;
import layertap.extract.FeatureExtractor;
import layertap.extract.RowFeatures;
import layertap.extract.SessionPool;
import layertap.extract.batch.BatchSizes;
import layertap.extract.batch.BatchesAtOnce;
import layertap.failure.InvalidRowException;
import layertap.spark.feed.FeedColumn;
import layertap.spark.feed.RowMemory;
import layertap.spark.read.UnreadableRows;
import layertap.spark.schema.Entrance;
import layertap.spark.schema.FeatureColumn;
import layertap.spark.schema.OutputSchema;
import layertap.spark.task.TaskProgress.Phase;
import layertap.tensor.HostTensor;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.TaskCompletionListener;

/**
 * Maps the rows of a partition to rows of kept columns and features, a batch at a time, or a few
 * where rows have shapes of their own or take little time: no more rows and features are in memory.
 *
 * @param schema of the rows that come out
 * @param feeds where the values of feeds stand in a row that comes in
 * @param unreadable rows that the source could not read
 * @param keptPositions of the kept columns in a row that comes in
 * @param namePositions of the columns that name a row in messages
 * @param entrance whose words messages use
 * @param watch over the time of batches, and who remembers which are under way
 */
public record ExtractPartition(
    ExtractorSource source,
    OutputSchema schema,
    List<FeedColumn> feeds,
    UnreadableRows unreadable,
    List<Integer> keptPositions,
    List<Integer> namePositions,
    OnInvalid onInvalid,
    Entrance entrance,
    BatchWatch watch,
    LiveCounts counts)
    implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return new Batches(rows);
  }

  private final class Batches implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final Deque<Row> ready = new ArrayDeque<>();
    private final TaskContext task = TaskContext.get();
    private final TaskProgress progress = TaskReports.ofThisJvm().start(counts);
    private final WatchedExtractor watched =
        new WatchedExtractor(watch.limit(), WatchedExtractor.GRACE);
    private final BatchesAtOnce atOnce = new BatchesAtOnce();
    private RowsUnderWay underWay;
    private SessionPool.Lease lease;
    private FeatureExtractor extractor;

    Batches(Iterator<Row> rows) {
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      if (ready.isEmpty()) {
        progress.enter(Phase.READ);
        while (ready.isEmpty() && rows.hasNext()) {
          fill();
        }
        if (ready.isEmpty()) {
          end();
        }
        progress.enter(Phase.WRITE);
      }
      return !ready.isEmpty();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      progress.countWritten();
      return ready.remove();
    }

    private void fill() {
      stopIfKilled();
      if (extractor == null) {
        open();
      }
      int batchSize = extractor.nextBatchSize();
      int sought = extractor.plan().bufferedRows(batchSize);
      boolean isOneAlone = isOneAlone();
      List<Row> batch = new ArrayList<>();
      List<Row> readable = new ArrayList<>();
      List<Object[]> values = new ArrayList<>();
      RowMemory memory = new RowMemory();
      while (atOnce.isRoom(
              batch.size(), memory.bytes(), memory.bytesOfAnySize(), batchSize, sought, isOneAlone)
          && rows.hasNext()) {
        Row row = rows.next();
        progress.countRead();
        batch.add(row);
        memory.addKept(row, keptPositions);
        if (unreadable.reason(row).isPresent()) {
          continue;
        }
        readable.add(row);
        Object[] fed = feeds.stream().map(feed -> feed.value(row)).toArray();
        memory.addFed(fed);
        values.add(fed);
      }
      progress.enter(Phase.DECODE);
      ExtractedBatch extracted =
          readable.isEmpty()
              ? new ExtractedBatch(List.of(), 0, 0)
              : extract(readable, values, batchSize);
      progress.enter(Phase.WRITE);
      progress.countBatches(extracted.batches(), extracted.inferenceNanos());
      tellBatchSize();
      Iterator<RowFeatures> features = extracted.rows().iterator();
      for (Row row : batch) {
        add(row, unreadable.reason(row).map(RowFeatures::invalid).orElseGet(features::next));
      }
      progress.tell();
      progress.enter(Phase.READ);
    }

    /** Not before there are rows: an empty partition opens no session. */
    private void open() {
      progress.enter(Phase.OPEN);
      lease = source.lease(task);
      extractor = lease.extractor();
      underWay = new RowsUnderWay(watch.note(task, source));
      if (task != null) {
        task.addTaskCompletionListener((TaskCompletionListener) context -> end());
      }
      if (lease.isNew()) {
        progress.countSessionOpen();
      }
      progress.enter(Phase.READ);
    }

    /** Whether a batch is not to wait for others. */
    private boolean isOneAlone() {
      return !underWay.canTellBatches()
          || (extractor.plan().triesBatchSizes() && extractor.batchSizes().chosen().isEmpty());
    }

    /** A job's driver says it at its end; for a transform there is nobody else. */
    private void tellBatchSize() {
      BatchSizes sizes = extractor.batchSizes();
      sizes.chosen().ifPresent(progress::found);
      if (entrance == Entrance.DATAFRAME && sizes.takeNews()) {
        System.err.println(
            ("layertap: LayerFeaturizer runs batches of %s rows from now on, the fastest size in this"
                    + " process; batchSize sets another")
                .formatted(sizes.chosen().getAsInt()));
      }
    }

    /** One task may map many partitions in turn: each gives back its thread, note and lease. */
    private void end() {
      if (lease != null) {
        watched.close();
        underWay.close();
        lease.close();
        lease = null;
      }
    }

    private ExtractedBatch extract(List<Row> batch, List<Object[]> values, int batchSize) {
      underWay.start(batch.size(), position -> name(batch.get(position)));
      try {
        long start = System.nanoTime();
        ExtractedBatch extracted = watched.extract(extractor, values, batchSize, underWay);
        atOnce.took(
            System.nanoTime() - start,
            extracted.rows().stream().mapToLong(RowFeatures::bytes).sum());
        underWay.finish();
        return extracted;
      } catch (WatchedExtractor.StuckException e) {
        lease.abandon();
        throw e.failure();
      }
    }

    /** Spark looks whether a task was killed when it reads a file, which may be an hour's rows. */
    private void stopIfKilled() {
      if (task != null && task.isInterrupted()) {
        throw new TaskKilledException("killed between two batches");
      }
    }

    private void add(Row row, RowFeatures features) {
      if (!features.isValid()) {
        String sample = name(row) + ": " + entrance.reason(features);
        progress.countInvalid(sample);
        if (onInvalid == OnInvalid.ERROR) {
          throw new InvalidRowException(
              "cannot extract the row %s; correct or filter it, or set %s to skip or keep"
                  .formatted(sample, entrance.onInvalid()));
        }
        if (onInvalid == OnInvalid.SKIP) {
          progress.countSkipped();
          return;
        }
      }
      ready.add(toRow(row, features));
    }
  }

  private String name(Row row) {
    return entrance.rowName(row, namePositions, keptPositions, schema.kept());
  }

  private Row toRow(Row row, RowFeatures features) {
    List<Object> values = new ArrayList<>(keptPositions.size() + schema.features().size() + 1);
    keptPositions.forEach(position -> values.add(row.get(position)));
    for (int i = 0; i < schema.features().size(); i++) {
      FeatureColumn column = schema.features().get(i);
      HostTensor tensor = features.isValid() ? features.features().get(i) : null;
      values.add(tensor == null ? null : column.value(tensor));
      if (column.hasShapeColumn()) {
        values.add(tensor == null ? null : FeatureColumn.shape(tensor));
      }
    }
    if (schema.hasError()) {
      values.add(features.isValid() ? null : features.error());
    }
    return RowFactory.create(values.toArray());
  }
}

package layertap.spark.task;

import java.util.ArrayList;
import java.util.List;
import layertap.report.RowCounts;
import layertap.report.TaskReport;
import layertap.report.TaskTimes;

/**
 * Counts what one task attempt does, and tells those who watch from time to time. Its clock is
 * always in one phase, so that the phases are the whole time. Used by one thread; any may ask what
 * was told.
 */
final class TaskProgress {
  private static final int MAX_SAMPLES = 5;

  private final LiveCounts watched;
  private final ExecutorMetrics metrics;
  private final long[] nanos = new long[Phase.values().length];
  private final List<String> samples = new ArrayList<>();
  private Phase phase = Phase.WRITE;
  private long since = System.nanoTime();
  private long read;
  private long written;
  private long skipped;
  private long invalid;
  private long batches;
  private int sessionOpens;
  private int batchSize;
  private volatile TaskReport told = TaskReport.NONE;

  /** What a task is busy with. */
  enum Phase {
    READ,
    OPEN,
    DECODE,
    INFERENCE,
    WRITE
  }

  /**
   * Starts the clock.
   *
   * @param watched is told
   * @param metrics are told too
   */
  TaskProgress(LiveCounts watched, ExecutorMetrics metrics) {
    this.watched = watched;
    this.metrics = metrics;
  }

  /** What follows belongs to a phase, until the next call. */
  void enter(Phase next) {
    long now = System.nanoTime();
    nanos[phase.ordinal()] += now - since;
    phase = next;
    since = now;
  }

  void countRead() {
    read++;
  }

  void countWritten() {
    written++;
  }

  void countSkipped() {
    skipped++;
  }

  void countInvalid(String sample) {
    invalid++;
    if (samples.size() < MAX_SAMPLES) {
      samples.add(sample);
    }
  }

  void countSessionOpen() {
    sessionOpens++;
  }

  /** Says which batch size was found to be the fastest. */
  void found(int size) {
    batchSize = size;
  }

  /** Counts runs of the model, which took some of the time since decoding began. */
  void countBatches(int count, long inferenceNanos) {
    batches += count;
    nanos[Phase.DECODE.ordinal()] -= inferenceNanos;
    nanos[Phase.INFERENCE.ordinal()] += inferenceNanos;
  }

  /** What was told last. */
  TaskReport told() {
    return told;
  }

  /** Tells those who watch what was done since the last call. */
  TaskReport tell() {
    enter(phase);
    TaskReport report =
        new TaskReport(
            new RowCounts(read, written, skipped, invalid),
            batches,
            sessionOpens,
            batchSize,
            new TaskTimes(
                nanos[Phase.READ.ordinal()],
                nanos[Phase.OPEN.ordinal()],
                nanos[Phase.DECODE.ordinal()],
                nanos[Phase.INFERENCE.ordinal()],
                nanos[Phase.WRITE.ordinal()]),
            samples);
    TaskReport news = report.since(told);
    watched.add(news);
    metrics.add(news);
    told = report;
    return report;
  }
}

package layertap.spark;

import java.util.ArrayList;
import java.util.List;
import layertap.report.RowCounts;
import layertap.report.TaskReport;

/** Counts what one task attempt does. Used by one thread. */
final class TaskProgress {
  private static final int MAX_SAMPLES = 5;

  private long read;
  private long written;
  private long skipped;
  private long invalid;
  private int sessionOpens;
  private long convertNanos;
  private long inferenceNanos;
  private final List<String> samples = new ArrayList<>();

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

  void addTimes(long convert, long inference) {
    convertNanos += convert;
    inferenceNanos += inference;
  }

  TaskReport toReport() {
    return new TaskReport(
        new RowCounts(read, written, skipped, invalid),
        sessionOpens,
        convertNanos,
        inferenceNanos,
        samples);
  }
}

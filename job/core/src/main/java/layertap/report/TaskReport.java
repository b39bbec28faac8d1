package layertap.report;

import java.io.Serializable;
import java.util.List;

/**
 * What one task attempt did.
 *
 * @param batches runs of the model
 * @param sessionOpens sessions that this task opened: 1 for the first on an executor, else 0
 * @param batchSize the fastest, which tasks found on the executor; 0 if none was yet, or none was
 *     looked for
 * @param samples what was wrong with some invalid rows
 */
public record TaskReport(
    RowCounts rows,
    long batches,
    int sessionOpens,
    int batchSize,
    TaskTimes times,
    List<String> samples)
    implements Serializable {
  public static final TaskReport NONE =
      new TaskReport(RowCounts.NONE, 0, 0, 0, TaskTimes.NONE, List.of());

  public TaskReport {
    samples = List.copyOf(samples);
  }

  /** What was done since an earlier report of the same attempt; without samples. */
  public TaskReport since(TaskReport earlier) {
    return new TaskReport(
        rows.minus(earlier.rows),
        batches - earlier.batches,
        sessionOpens - earlier.sessionOpens,
        batchSize,
        times.minus(earlier.times),
        List.of());
  }
}

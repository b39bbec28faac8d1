package layertap.report;

import java.io.Serializable;
import java.util.List;

/**
 * What one task attempt did.
 *
 * @param sessionOpens sessions that this task opened: 1 for the first on an executor, else 0
 * @param convertNanos time spent decoding and converting values
 * @param inferenceNanos time spent in the model
 * @param samples what was wrong with some invalid rows
 */
public record TaskReport(
    RowCounts rows, int sessionOpens, long convertNanos, long inferenceNanos, List<String> samples)
    implements Serializable {
  public TaskReport {
    samples = List.copyOf(samples);
  }
}

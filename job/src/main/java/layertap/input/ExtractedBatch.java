package layertap.input;

import java.util.List;

/**
 * The rows of a batch with the time it took.
 *
 * @param rows in the order in which they were given
 * @param convertNanos time to decode and convert values
 * @param inferenceNanos time in the model
 */
public record ExtractedBatch(List<RowFeatures> rows, long convertNanos, long inferenceNanos) {
  public ExtractedBatch {
    rows = List.copyOf(rows);
  }
}

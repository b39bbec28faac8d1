package layertap.extract;

import java.util.List;

/**
 * Rows with what the model did for them.
 *
 * @param rows in the order in which they were given
 * @param batches runs of the model
 * @param inferenceNanos time in the model
 */
public record ExtractedBatch(List<RowFeatures> rows, int batches, long inferenceNanos) {
  public ExtractedBatch {
    rows = List.copyOf(rows);
  }
}

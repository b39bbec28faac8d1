package layertap.extract.batch;

import java.util.ArrayList;
import java.util.List;
import layertap.tensor.HostTensor;

/** Makes batches of rows, each of which has a tensor for every feed. */
public final class RowBatch {
  private RowBatch() {}

  /** The rows and copies of the last one, as many as a batch needs; there is at least one row. */
  public static <T> List<T> filledUp(List<T> rows, int size) {
    if (rows.size() >= size) {
      return rows;
    }
    List<T> filled = new ArrayList<>(rows);
    while (filled.size() < size) {
      filled.add(rows.get(rows.size() - 1));
    }
    return filled;
  }

  /** What all rows have for a feed, stacked along a new first axis. */
  public static HostTensor stacked(List<List<HostTensor>> rows, int feed) {
    return HostTensor.stack(rows.stream().map(row -> row.get(feed)).toList());
  }
}

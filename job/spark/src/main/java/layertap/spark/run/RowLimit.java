package layertap.spark.run;

import java.util.OptionalInt;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * How many rows of the input a run reads at most.
 *
 * @param rows not negative; absent for all rows
 */
public record RowLimit(OptionalInt rows) {
  /** All rows. */
  public static final RowLimit NONE = new RowLimit(OptionalInt.empty());

  public RowLimit {
    if (rows.isPresent() && rows.getAsInt() < 0) {
      throw new IllegalArgumentException("a limit of %s rows".formatted(rows.getAsInt()));
    }
  }

  /** At most so many rows. */
  public static RowLimit of(int rows) {
    return new RowLimit(OptionalInt.of(rows));
  }

  /** Whether all rows are read, so that nothing is missing afterwards. */
  public boolean isNone() {
    return rows.isEmpty();
  }

  /** How many of so many rows are read. */
  public long countOf(long all) {
    return rows.isPresent() ? Math.min(all, rows.getAsInt()) : all;
  }

  /** The rows that are read. */
  public Dataset<Row> rowsOf(Dataset<Row> all) {
    return rows.isPresent() ? all.limit(rows.getAsInt()) : all;
  }
}

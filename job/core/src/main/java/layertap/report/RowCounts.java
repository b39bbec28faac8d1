package layertap.report;

import java.io.Serializable;

/**
 * What became of rows.
 *
 * @param read from the input
 * @param written to the output, invalid ones that were kept included
 * @param skipped because they were invalid
 * @param invalid whatever became of them
 */
public record RowCounts(long read, long written, long skipped, long invalid)
    implements Serializable {
  public static final RowCounts NONE = new RowCounts(0, 0, 0, 0);

  public RowCounts plus(RowCounts other) {
    return new RowCounts(
        read + other.read,
        written + other.written,
        skipped + other.skipped,
        invalid + other.invalid);
  }

  RowCounts minus(RowCounts other) {
    return plus(new RowCounts(-other.read, -other.written, -other.skipped, -other.invalid));
  }

  /** Invalid rows that were written all the same. */
  public long keptInvalid() {
    return invalid - skipped;
  }

  /** Whether every row that was read is accounted for. */
  public boolean addsUp() {
    return read == written + skipped;
  }
}

package layertap.input.record;

import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Finds where the records of a plain TFRecord file begin, so that several tasks can share it.
 *
 * <p>Bytes that look like a record's beginning prove nothing, since a record may hold another
 * TFRecord file. So this goes from the first record to the next by their lengths, whose checksums
 * it checks, and reads nothing else. Where a reader of the whole file could not go on, there is no
 * further record for this either. What was found helps who asks next. Thread-safe; those who ask
 * wait for each other.
 */
public final class RecordStarts {
  /** The beginning of a file. */
  public static final Start FIRST = new Start(0, 0);

  /** Remembers one in so many bytes. */
  private static final long SPACING = 1 << 22;

  private final NavigableMap<Long, Start> known = new TreeMap<>(Map.of(0L, FIRST));

  /**
   * Where a record begins, or the rest of a file that cannot be read on.
   *
   * @param number of the record, counted from 0
   * @param offset in bytes; beyond the end of a file that ends within the record before
   */
  public record Start(long number, long offset) {}

  /** The first bytes of records. */
  @FunctionalInterface
  public interface Heads {
    /** {@link TfRecordReader#HEAD} bytes of the file, fewer if it ends before. */
    byte[] at(long offset);
  }

  /**
   * The first start at a position of the file or after it; empty if there is none, since the file
   * cannot be read so far.
   */
  public synchronized Optional<Start> from(long position, Heads heads) {
    Start start = known.floorEntry(position).getValue();
    while (start.offset() < position) {
      long size = TfRecordReader.size(heads.at(start.offset()));
      if (size < 0) {
        known.put(start.offset(), start);
        return Optional.empty();
      }
      start = new Start(start.number() + 1, start.offset() + size);
      if (start.offset() >= known.lastKey() + SPACING) {
        known.put(start.offset(), start);
      }
    }
    return Optional.of(start);
  }
}

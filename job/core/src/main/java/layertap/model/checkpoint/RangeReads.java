package layertap.model.checkpoint;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import layertap.checksum.MaskedCrc32c;
import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.model.saved.ModelFiles;
import org.tensorflow.proto.DataType;

/**
 * The reads that fetch a set of variables: entries that lie near each other in a file come with one
 * request, since a request to an object store costs as much as some tens of kilobytes. Immutable
 * and thread-safe.
 */
public final class RangeReads {
  /** Two entries with no more than this between them are read together, in bytes. */
  static final int MERGED_GAP = 64 * 1024;

  /** A request that holds more than one entry stays below this, in bytes. */
  public static final int MERGED_LENGTH = 32 * 1024 * 1024;

  private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

  private final List<Range> ranges;

  private RangeReads(List<Range> ranges) {
    this.ranges = List.copyOf(ranges);
  }

  private record Range(String file, long offset, long length, List<BundleEntry> entries) {}

  /** Receives the bytes of one variable; they may be a view of a longer array. */
  @FunctionalInterface
  public interface Receiver {
    void receive(BundleEntry entry, byte[] bytes, int offset);
  }

  /** Plans the reads for the entries, in the order of the files. */
  public static RangeReads of(Iterable<BundleEntry> entries) {
    List<BundleEntry> sorted = new ArrayList<>();
    entries.forEach(sorted::add);
    sorted.sort(Comparator.comparing(BundleEntry::file).thenComparingLong(BundleEntry::offset));
    List<Range> ranges = new ArrayList<>();
    List<BundleEntry> run = new ArrayList<>();
    for (BundleEntry entry : sorted) {
      if (!run.isEmpty() && !joins(run, entry)) {
        ranges.add(toRange(run));
        run.clear();
      }
      run.add(entry);
    }
    if (!run.isEmpty()) {
      ranges.add(toRange(run));
    }
    return new RangeReads(ranges);
  }

  private static boolean joins(List<BundleEntry> run, BundleEntry next) {
    BundleEntry first = run.get(0);
    return next.file().equals(first.file())
        && next.offset() - end(run) <= MERGED_GAP
        && next.offset() + next.length() - first.offset() <= MERGED_LENGTH;
  }

  private static long end(List<BundleEntry> run) {
    return run.stream().mapToLong(entry -> entry.offset() + entry.length()).max().orElse(0);
  }

  private static Range toRange(List<BundleEntry> run) {
    long start = run.get(0).offset();
    return new Range(run.get(0).file(), start, end(run) - start, List.copyOf(run));
  }

  /** The number of requests. */
  public int requestCount() {
    return ranges.size();
  }

  /** All bytes that the requests fetch, gaps included. */
  public long byteCount() {
    return ranges.stream().mapToLong(Range::length).sum();
  }

  /**
   * Reads all entries, one request's bytes in memory at a time.
   *
   * @throws UserException if a checksum is wrong, or an entry is too long for an array
   */
  public void read(ModelFiles files, Receiver receiver) {
    for (Range range : ranges) {
      requireArray(range, files.location());
      byte[] bytes = readIntact(files, range);
      for (BundleEntry entry : range.entries) {
        int start = (int) (entry.offset() - range.offset);
        receiver.receive(entry, bytes, start);
      }
    }
  }

  /** Only a range of one entry can be as long: others are merged. */
  private static void requireArray(Range range, String location) {
    if (range.length > LONGEST_ARRAY) {
      BundleEntry entry = range.entries.get(0);
      throw new UserException(
          ("cannot read the variable '%s' of %s in one piece: it has %s bytes of %s, which must"
                  + " stand in the graph, and a graph holds 2 GB; tap a layer that does not need it")
              .formatted(entry.key(), location, entry.length(), Dtype.nameOf(entry.dtype())));
    }
  }

  /** Receives the bytes of one variable part by part. */
  @FunctionalInterface
  public interface PartReceiver {
    void receive(long position, byte[] bytes);
  }

  /**
   * Reads one entry in parts, each of which is in memory alone.
   *
   * @throws UserException after the last part, if the checksum is wrong
   */
  public static void stream(ModelFiles files, BundleEntry entry, PartReceiver receiver) {
    if (!streams(files, entry, receiver)
        && !(forget(files, entry) && streams(files, entry, receiver))) {
      forget(files, entry);
      throw damaged(entry, files.location());
    }
  }

  private static boolean streams(ModelFiles files, BundleEntry entry, PartReceiver receiver) {
    CRC32C checksum = new CRC32C();
    for (long position = 0; position < entry.length(); position += MERGED_LENGTH) {
      int length = partLength(entry, position);
      byte[] bytes = files.read(entry.file(), entry.offset() + position, length);
      checksum.update(bytes, 0, length);
      receiver.receive(position, bytes);
    }
    return MaskedCrc32c.of(checksum) == entry.checksum();
  }

  private static int partLength(BundleEntry entry, long position) {
    return (int) Math.min(MERGED_LENGTH, entry.length() - position);
  }

  /** Whether any part was kept. */
  private static boolean forget(ModelFiles files, BundleEntry entry) {
    boolean wasKept = false;
    for (long position = 0; position < entry.length(); position += MERGED_LENGTH) {
      int length = partLength(entry, position);
      wasKept |= files.forget(entry.file(), entry.offset() + position, length);
    }
    return wasKept;
  }

  /** Bytes that were kept are not believed more than the checkpoint: they are read once more. */
  private static byte[] readIntact(ModelFiles files, Range range) {
    int length = (int) range.length;
    byte[] bytes = files.read(range.file, range.offset, length);
    if (firstDamaged(range, bytes).isPresent() && files.forget(range.file, range.offset, length)) {
      bytes = files.read(range.file, range.offset, length);
    }
    firstDamaged(range, bytes)
        .ifPresent(
            entry -> {
              files.forget(range.file, range.offset, length);
              throw damaged(entry, files.location());
            });
    return bytes;
  }

  private static Optional<BundleEntry> firstDamaged(Range range, byte[] bytes) {
    // Strings have checksums of their own, verified where they are decoded.
    return range.entries.stream()
        .filter(entry -> entry.dtype() != DataType.DT_STRING)
        .filter(
            entry ->
                MaskedCrc32c.of(bytes, (int) (entry.offset() - range.offset), (int) entry.length())
                    != entry.checksum())
        .findFirst();
  }

  private static UserException damaged(BundleEntry entry, String location) {
    return new UserException(
        ("cannot read the variable '%s' of %s: the checksum of its bytes in %s is "
                + "wrong; the file is damaged, copy or export the model again")
            .formatted(entry.key(), location, entry.file()));
  }
}

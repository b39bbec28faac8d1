package layertap.input.record;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.NoSuchElementException;
import layertap.checksum.MaskedCrc32c;

/**
 * Reads the records of a TFRecord file, one after the other. Not thread-safe; whoever opens it
 * closes it.
 *
 * <pre>
 *   length of the data, 8 bytes │ checksum of these │ the data │ its checksum     little-endian
 * </pre>
 *
 * A record of which the data is damaged comes as such. Where the next one begins, only the length
 * says: if that is damaged, or the file ends within a record, the rest of the file is one damaged
 * record. It is not searched for records: a record may hold another TFRecord file.
 */
public final class TfRecordReader implements Iterator<TfRecord>, AutoCloseable {
  /** Bytes before a record's data. */
  public static final int HEAD = Long.BYTES + Integer.BYTES;

  private static final int MOST_BYTES = Integer.MAX_VALUE - 64;

  private final InputStream stream;
  private final long end;
  private long number;
  private long offset;
  private TfRecord next;
  private boolean isAtEnd;

  /**
   * Begins to read.
   *
   * @param stream unpacked; a checked exception of it says that its content is damaged, where the
   *     storage fails it throws an unchecked one; closed with the reader
   */
  public TfRecordReader(InputStream stream) {
    this(stream, RecordStarts.FIRST, Long.MAX_VALUE);
  }

  /**
   * Begins to read at a record.
   *
   * @param stream from that record on, else as above
   * @param end no record is read that begins there or later; the last one may reach beyond it
   */
  public TfRecordReader(InputStream stream, RecordStarts.Start start, long end) {
    this.stream = stream;
    this.end = end;
    this.number = start.number();
    this.offset = start.offset();
  }

  /** Whether these bytes begin a record: a length and the checksum of it. */
  public static boolean isHead(byte[] bytes) {
    return bytes.length >= HEAD
        && littleEndian(bytes).getInt(Long.BYTES) == MaskedCrc32c.of(bytes, 0, Long.BYTES);
  }

  /** How many bytes a record takes by its first ones; negative if these do not tell. */
  static long size(byte[] head) {
    if (!isHead(head)) {
      return -1;
    }
    long length = littleEndian(head).getLong();
    return isTooLong(length) ? -1 : size(length);
  }

  private static long size(long length) {
    return HEAD + length + Integer.BYTES;
  }

  private static boolean isTooLong(long length) {
    return length < 0 || length > MOST_BYTES;
  }

  @Override
  public boolean hasNext() {
    if (next == null && !isAtEnd) {
      next = offset < end ? read() : null;
      isAtEnd = next == null || next.isRest();
    }
    return next != null;
  }

  @Override
  public TfRecord next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    TfRecord record = next;
    next = null;
    return record;
  }

  private TfRecord read() {
    try {
      byte[] head = stream.readNBytes(HEAD);
      if (head.length == 0) {
        return null;
      }
      if (head.length < HEAD) {
        return rest("the file ends within it");
      }
      if (!isHead(head)) {
        return rest("the checksum of its length is wrong");
      }
      long length = littleEndian(head).getLong();
      if (isTooLong(length)) {
        return rest(
            "its length is %s bytes, more than the 2 GB of an Example"
                .formatted(Long.toUnsignedString(length)));
      }
      // Takes no more memory than there are bytes, whatever the length says.
      byte[] data = stream.readNBytes((int) length);
      byte[] checksum = stream.readNBytes(Integer.BYTES);
      if (checksum.length < Integer.BYTES) {
        return rest("the file ends within it");
      }
      boolean isWhole = littleEndian(checksum).getInt() == MaskedCrc32c.of(data, 0, data.length);
      TfRecord record =
          isWhole
              ? new TfRecord(number, offset, data, null, false)
              : new TfRecord(number, offset, null, "the checksum of its data is wrong", false);
      number++;
      offset += size(length);
      return record;
    } catch (IOException e) {
      return rest("its compressed data is damaged: " + e.getMessage());
    }
  }

  private TfRecord rest(String why) {
    return new TfRecord(number, offset, null, why, true);
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}

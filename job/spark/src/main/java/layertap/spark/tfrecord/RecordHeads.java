package layertap.spark.tfrecord;

import java.io.IOException;
import java.util.Arrays;
import layertap.input.record.RecordStarts;
import layertap.input.record.TfRecordReader;
import org.apache.hadoop.fs.FSDataInputStream;

/**
 * Reads the first bytes of records and leaves out what lies between. Does not close the file. Not
 * thread-safe.
 */
final class RecordHeads implements RecordStarts.Heads {
  private static final int BUFFER_BYTES = 1 << 13;

  /** Remote storage hands over so many sooner than it answers another request. */
  private static final int READ_THROUGH_BYTES = 1 << 20;

  private final String name;
  private final FSDataInputStream file;
  private final int readThrough;
  private final byte[] scratch = new byte[BUFFER_BYTES];
  private byte[] buffer = {};
  private long start;

  /**
   * Reads a file.
   *
   * @param name for messages
   * @param isLocal whether it costs nothing to read elsewhere in the file
   */
  RecordHeads(String name, FSDataInputStream file, boolean isLocal) {
    this.name = name;
    this.file = file;
    this.readThrough = isLocal ? 0 : READ_THROUGH_BYTES;
  }

  @Override
  public byte[] at(long offset) {
    try {
      if (offset < start || offset + TfRecordReader.HEAD > start + buffer.length) {
        fill(offset);
      }
    } catch (IOException e) {
      throw StorageStream.failure(name, e);
    }
    int from = (int) (offset - start);
    return Arrays.copyOfRange(buffer, from, Math.min(from + TfRecordReader.HEAD, buffer.length));
  }

  private void fill(long offset) throws IOException {
    long between = offset - start - buffer.length;
    if (between < 0 || between > readThrough) {
      file.seek(offset);
    } else {
      for (long left = between; left > 0; ) {
        int read = file.read(scratch, 0, (int) Math.min(left, scratch.length));
        left = read < 0 ? 0 : left - read;
      }
    }
    buffer = file.readNBytes(BUFFER_BYTES);
    start = offset;
  }
}

package layertap.spark.tfrecord;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import layertap.input.record.TfRecordReader;
import layertap.report.Redaction;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.Decompressor;
import org.apache.hadoop.io.compress.DecompressorStream;
import org.apache.hadoop.io.compress.zlib.BuiltInGzipDecompressor;
import org.apache.hadoop.io.compress.zlib.BuiltInZlibInflater;

/**
 * Opens TFRecord files: plain, gzip (of several members, too) or zlib, told by their first bytes,
 * since nothing makes a writer name them by that.
 */
final class RecordFiles {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int GZIP = 0x1f8b;
  private static final int ZLIB_DIVISOR = 31;
  private static final int DEFLATE = 8;

  private RecordFiles() {}

  /**
   * Opens a file; whoever does closes it.
   *
   * @throws UncheckedIOException if the storage does not hand it over, then or later
   */
  static TfRecordReader open(Path path, Configuration hadoop) {
    try {
      return reader(
          new StorageStream(name(path), path.getFileSystem(hadoop).open(path, BUFFER_BYTES)));
    } catch (IOException e) {
      throw StorageStream.failure(name(path), e);
    }
  }

  /** A file's name for messages. */
  static String name(Path path) {
    return Redaction.of(path.toString());
  }

  /** Reads a file of which the storage's failures are unchecked. */
  static TfRecordReader reader(InputStream file) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(file, BUFFER_BYTES);
    buffered.mark(TfRecordReader.HEAD);
    byte[] head = buffered.readNBytes(TfRecordReader.HEAD);
    buffered.reset();
    // The checksum comes first: the lowest bytes of a length may be those that begin a gzip file.
    if (TfRecordReader.isHead(head) || head.length < Short.BYTES) {
      return new TfRecordReader(buffered);
    }
    int first = ((head[0] & 0xff) << Byte.SIZE) | (head[1] & 0xff);
    if (first == GZIP) {
      return unpacking(buffered, new BuiltInGzipDecompressor());
    }
    boolean isZlib = (head[0] & 0xf) == DEFLATE && first % ZLIB_DIVISOR == 0;
    return isZlib ? unpacking(buffered, new BuiltInZlibInflater()) : new TfRecordReader(buffered);
  }

  /**
   * Java's own stream for gzip takes a damaged member for the end of the file, and with storage
   * that does not tell how many bytes are available any further one.
   */
  private static TfRecordReader unpacking(InputStream packed, Decompressor decompressor)
      throws IOException {
    return new TfRecordReader(
        new BufferedInputStream(
            new DecompressorStream(packed, decompressor, BUFFER_BYTES) {
              @Override
              public void close() throws IOException {
                super.close();
                decompressor.end();
              }
            },
            BUFFER_BYTES));
  }
}

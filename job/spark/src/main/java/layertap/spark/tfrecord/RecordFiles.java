package layertap.spark.tfrecord;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.regex.Pattern;
import layertap.input.record.RecordStarts;
import layertap.input.record.TfRecordReader;
import layertap.report.Redaction;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.IOUtils;
import org.apache.hadoop.io.compress.Decompressor;
import org.apache.hadoop.io.compress.DecompressorStream;
import org.apache.hadoop.io.compress.zlib.BuiltInGzipDecompressor;
import org.apache.hadoop.io.compress.zlib.BuiltInZlibInflater;

/**
 * Opens TFRecord files: plain, gzip (of several members, too) or zlib. Their first bytes tell
 * which, since names need not.
 */
final class RecordFiles {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int GZIP_START = 0x1f8b;
  private static final int ZLIB_DIVISOR = 31;
  private static final int DEFLATE = 8;

  private static final Pattern PACKED =
      Pattern.compile("\\.(gz|gzip|zlib|zz|z|deflate)$", Pattern.CASE_INSENSITIVE);

  private RecordFiles() {}

  /**
   * Opens a file; whoever does closes it.
   *
   * @throws UncheckedIOException if the storage does not hand it over, then or later
   */
  static TfRecordReader open(Path path, Configuration hadoop) {
    return open(path, 0, Long.MAX_VALUE, new RecordStarts(), hadoop);
  }

  /** A file's name for messages. */
  static String name(Path path) {
    return Redaction.of(path.toString());
  }

  /**
   * Opens a part of a file: the records that begin in it. A compressed file is its first part's,
   * whole.
   *
   * @param starts of this file
   * @throws UncheckedIOException as above
   */
  static TfRecordReader open(
      Path path, long begin, long end, RecordStarts starts, Configuration hadoop) {
    FSDataInputStream file = null;
    try {
      file = path.getFileSystem(hadoop).open(path, BUFFER_BYTES);
      if (begin == 0) {
        return reader(new StorageStream(name(path), file), end);
      }
      RecordHeads heads = new RecordHeads(name(path), file, isLocal(path, hadoop));
      Optional<RecordStarts.Start> start =
          Packing.of(heads.at(0)) == Packing.NONE ? starts.from(begin, heads) : Optional.empty();
      if (start.isEmpty() || start.get().offset() >= end) {
        file.close();
        return new TfRecordReader(InputStream.nullInputStream());
      }
      file.seek(start.get().offset());
      InputStream stream = new StorageStream(name(path), file);
      return new TfRecordReader(new BufferedInputStream(stream, BUFFER_BYTES), start.get(), end);
    } catch (IOException e) {
      IOUtils.closeStream(file);
      throw StorageStream.failure(name(path), e);
    } catch (RuntimeException e) {
      IOUtils.closeStream(file);
      throw e;
    }
  }

  private static boolean isLocal(Path path, Configuration hadoop) throws IOException {
    return path.getFileSystem(hadoop) instanceof LocalFileSystem;
  }

  /** Whether a file may be read in parts, by its name. */
  static boolean isPlainName(String name) {
    return !PACKED.matcher(name).find();
  }

  /** Reads a file of which the storage's failures are unchecked. */
  static TfRecordReader reader(InputStream file) throws IOException {
    return reader(file, Long.MAX_VALUE);
  }

  private static TfRecordReader reader(InputStream file, long end) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(file, BUFFER_BYTES);
    buffered.mark(TfRecordReader.HEAD);
    byte[] head = buffered.readNBytes(TfRecordReader.HEAD);
    buffered.reset();
    return switch (Packing.of(head)) {
      case NONE -> new TfRecordReader(buffered, RecordStarts.FIRST, end);
      case GZIP -> unpacking(buffered, new BuiltInGzipDecompressor());
      case ZLIB -> unpacking(buffered, new BuiltInZlibInflater());
    };
  }

  private enum Packing {
    NONE,
    GZIP,
    ZLIB;

    /** By the first bytes of a file. */
    static Packing of(byte[] head) {
      // The checksum comes first: a length's lowest bytes may be those that begin a gzip file.
      if (TfRecordReader.isHead(head) || head.length < Short.BYTES) {
        return NONE;
      }
      int first = ((head[0] & 0xff) << Byte.SIZE) | (head[1] & 0xff);
      if (first == GZIP_START) {
        return GZIP;
      }
      return (head[0] & 0xf) == DEFLATE && first % ZLIB_DIVISOR == 0 ? ZLIB : NONE;
    }
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

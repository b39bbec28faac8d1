package layertap.hadoop;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * Hadoop's file system of a local disk, with one difference: a file that cannot be written to its
 * end, since the disk is full, is closed, and so is its checksum. Hadoop's own leaves both open,
 * and a file that is deleted keeps its room on the disk as long as it is open.
 */
public final class ClosingLocalFileSystem extends LocalFileSystem {
  private static final String KEY = "fs.file.impl";

  private final Raw raw;

  /** Called by Hadoop. */
  public ClosingLocalFileSystem() {
    this(new Raw());
  }

  private ClosingLocalFileSystem(Raw raw) {
    super(raw);
    this.raw = raw;
  }

  /** Makes it the one that a configuration opens, unless that names another. */
  public static void use(Configuration configuration) {
    if (configuration.get(KEY) == null) {
      configuration.setClass(KEY, ClosingLocalFileSystem.class, LocalFileSystem.class);
      // Else Hadoop takes the one that somebody opened before.
      configuration.setBoolean(KEY + ".disable.cache", true);
    }
  }

  @Override
  public FSDataOutputStream create(
      Path file,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    List<Path> files = List.of(file, getChecksumFile(file));
    try {
      FSDataOutputStream whole =
          super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress);
      return new FSDataOutputStream(
          new Closing(whole, raw.takeOpened(files)), null /* counted already */);
    } finally {
      // Nothing is left of them but where the checksum, the second, could not be opened.
      raw.takeOpened(files).forEach(Closing::closeQuietly);
    }
  }

  /** Remembers what is opened. */
  private static final class Raw extends RawLocalFileSystem {
    private final Map<Path, OutputStream> opened = new ConcurrentHashMap<>();

    @Override
    public FSDataOutputStream create(
        Path file,
        FsPermission permission,
        boolean overwrite,
        int bufferSize,
        short replication,
        long blockSize,
        Progressable progress)
        throws IOException {
      FSDataOutputStream stream =
          super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress);
      opened.put(file, stream);
      return stream;
    }

    /** Those of some files, which are then forgotten. */
    List<OutputStream> takeOpened(List<Path> files) {
      return files.stream().map(opened::remove).filter(Objects::nonNull).toList();
    }
  }

  /** A file and its checksum, which stand behind one stream. */
  private static final class Closing extends FilterOutputStream {
    private final List<OutputStream> opened;

    Closing(OutputStream whole, List<OutputStream> opened) {
      super(whole);
      this.opened = List.copyOf(opened);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      try {
        out.close();
      } finally {
        opened.forEach(Closing::closeQuietly);
      }
    }

    /** Closing what is closed does nothing; of the rest it is known that it fails. */
    private static void closeQuietly(OutputStream stream) {
      try {
        stream.close();
      } catch (IOException | FSError e) {
        return;
      }
    }
  }
}

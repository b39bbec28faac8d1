package layertap.publish;

import java.util.List;

/**
 * A file system that outputs are written to. Paths are those of the storage. All methods throw
 * {@link java.io.UncheckedIOException} when the storage fails.
 */
public interface OutputStore {
  boolean exists(String path);

  /** Paths of the files and directories in a directory; empty if it is not there. */
  List<String> children(String directory);

  /** Paths of all files below a directory. */
  List<String> filesBelow(String directory);

  /** Moves a directory; the new path is not there. */
  void rename(String from, String to);

  /** Deletes a file, or a directory with all that is in it; nothing happens if it is not there. */
  void delete(String path);

  /** Writes a small text file. */
  void write(String path, String text);
}

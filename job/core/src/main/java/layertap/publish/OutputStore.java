package layertap.publish;

import java.util.List;
import java.util.Optional;

/**
 * A file system that outputs are written to. Paths are those of the storage. All methods throw
 * {@link java.io.UncheckedIOException} when the storage fails.
 */
public interface OutputStore {
  /** Whether a directory is renamed in one step; object stores copy it file by file. */
  boolean renamesDirectories();

  boolean exists(String path);

  /** Paths of all files below a directory; empty if it is not there. */
  List<String> filesBelow(String directory);

  /** Moves a directory; the new path is not there, the directory above it is. */
  void rename(String from, String to);

  /**
   * Moves files from one directory to another, making the directories that they are in; a file that
   * is there is replaced.
   *
   * @param files relative to both directories
   */
  void moveFiles(String from, String to, List<String> files);

  /** Deletes a file, or a directory with all that is in it; nothing happens if it is not there. */
  void delete(String path);

  /** Deletes files below a directory, whichever of them are there. */
  void deleteFiles(String directory, List<String> files);

  /** The text of a small file; empty if it is not there. */
  Optional<String> read(String path);

  /** Writes a small text file; readers find the text that was there before, or all of this one. */
  void write(String path, String text);

  /**
   * Writes a small text file if there is none.
   *
   * @return whether it was written; of several callers at once one is told so
   */
  boolean writeNew(String path, String text);
}

package layertap.input.value;

import layertap.failure.BadRowException;

/** Reads the files that rows name. Thread-safe. */
public interface NamedFiles {
  /** For rows that name none. */
  NamedFiles NONE =
      path -> {
        throw new BadRowException("no file can be read here, such as " + path);
      };

  /**
   * The whole of a file.
   *
   * @param path as it stands in the row: a path or a URI
   * @throws BadRowException if it is not there, or no path
   * @throws java.io.UncheckedIOException if its storage fails
   */
  byte[] read(String path);
}

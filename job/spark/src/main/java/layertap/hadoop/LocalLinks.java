package layertap.hadoop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import layertap.failure.UserException;
import org.apache.hadoop.fs.Path;

/**
 * Where paths of this machine lead to. A rename replaces a link and not what it leads to, and what
 * is beside the link may be on another disk; so it is asked for before.
 */
public final class LocalLinks {
  private static final String SCHEME = "file";
  private static final int MOST_LINKS = 40;

  private LocalLinks() {}

  /**
   * The path without links; what is not there yet, as a link's end may be, is named all the same.
   *
   * @param qualified path of any file system; of others than this machine's it stays
   * @throws UserException if links lead in a circle
   */
  public static Path followed(Path qualified) {
    if (!SCHEME.equals(qualified.toUri().getScheme())) {
      return qualified;
    }
    java.nio.file.Path local = java.nio.file.Path.of(qualified.toUri().getPath());
    try {
      return new Path(SCHEME, null, followed(local, 0).toString());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look up " + qualified, e);
    }
  }

  private static java.nio.file.Path followed(java.nio.file.Path path, int links)
      throws IOException {
    if (links > MOST_LINKS) {
      throw new UserException(
          "cannot use %s: its links lead in a circle; name a directory".formatted(path));
    }
    if (Files.isSymbolicLink(path)) {
      return followed(path.resolveSibling(Files.readSymbolicLink(path)), links + 1);
    }
    if (Files.exists(path)) {
      return path.toRealPath();
    }
    java.nio.file.Path parent = path.getParent();
    return parent == null ? path : followed(parent, links).resolve(path.getFileName());
  }
}

package layertap.hadoop;

import java.io.File;
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
    try {
      File followed = followed(new File(qualified.toUri().getPath()), 0);
      return new Path(SCHEME, null, followed.getPath());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look up " + qualified, e);
    }
  }

  /** Whether the path itself is a link on this machine. */
  public static boolean isLink(Path qualified) {
    return SCHEME.equals(qualified.toUri().getScheme())
        && Files.isSymbolicLink(new File(qualified.toUri().getPath()).toPath());
  }

  private static File followed(File file, int links) throws IOException {
    if (links > MOST_LINKS) {
      throw new UserException(
          "cannot use %s: its links lead in a circle; name a directory".formatted(file));
    }
    if (Files.isSymbolicLink(file.toPath())) {
      File target = file.toPath().resolveSibling(Files.readSymbolicLink(file.toPath())).toFile();
      return followed(target, links + 1);
    }
    if (file.exists()) {
      return file.toPath().toRealPath().toFile();
    }
    File parent = file.getParentFile();
    return parent == null ? file : new File(followed(parent, links), file.getName());
  }
}

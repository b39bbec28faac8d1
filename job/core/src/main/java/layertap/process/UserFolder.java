package layertap.process;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A folder of this user's processes on this machine, which nobody else can read or write.
 * Immutable.
 *
 * @param path where it is, or will be
 */
public record UserFolder(Path path) {
  /** A property of Java: where all of these folders are. */
  public static final String PROPERTY = "layertap.cache";

  /** One below {@code $XDG_CACHE_HOME/layertap}, or {@code ~/.cache/layertap}. */
  public static UserFolder named(String name) {
    String given = System.getenv("XDG_CACHE_HOME");
    Path caches =
        given != null && !given.isEmpty()
            ? Path.of(given)
            : Path.of(System.getProperty("user.home"), ".cache");
    String chosen = System.getProperty(PROPERTY);
    Path own = chosen == null ? caches.resolve("layertap") : Path.of(chosen);
    return new UserFolder(own.resolve(name));
  }

  /** Makes it, and the folders that it is in, if they are not there. */
  public void createWithParents() throws IOException {
    Files.createDirectories(path.getParent());
    create();
  }

  /** Makes it if it is not there; what it is in must be. */
  public void create() throws IOException {
    try {
      Files.createDirectory(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      // Made before, or by somebody else just now: whose it is, isOwn says.
      return;
    }
  }

  /** Whether it is there and this user's alone: somebody else's could hold what nobody wrote. */
  public boolean isOwn() {
    try {
      return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
          && Files.getOwner(path).getName().equals(System.getProperty("user.name"))
          && PosixFilePermissions.toString(Files.getPosixFilePermissions(path)).endsWith("------");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}

package layertap.config.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import layertap.failure.UserException;
import layertap.process.NameEncoding;

/** Reads the files that a configuration includes. */
public interface ConfigSource {
  /** Files of this machine. */
  ConfigSource LOCAL = ConfigSource::readLocal;

  /**
   * The text of a file; empty if there is none.
   *
   * @param location a path, or a URI
   * @throws UserException if nothing can be read there
   * @throws UncheckedIOException if the storage fails
   */
  Optional<String> read(String location);

  private static Optional<String> readLocal(String location) {
    try {
      Path file = local(location);
      return Files.isRegularFile(file)
          ? Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8))
          : Optional.empty();
    } catch (InvalidPathException e) {
      throw new UserException(
          NameEncoding.ofThisJvm()
              .whyNotNamed(location)
              .orElseGet(() -> "'%s' is no path".formatted(location)),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s".formatted(location), e);
    }
  }

  private static Path local(String location) {
    if (location.startsWith("file:/")) {
      return Path.of(location.replaceFirst("file:/+", "/"));
    }
    try {
      URI uri = URI.create(location);
      return uri.isAbsolute() ? Path.of(uri) : Path.of(location);
    } catch (IllegalArgumentException | FileSystemNotFoundException e) {
      // Not one in a file system that Java has open, such as a zip file.
      return Path.of(location);
    }
  }
}

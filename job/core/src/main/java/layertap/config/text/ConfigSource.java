package layertap.config.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import layertap.failure.UserException;

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
      Path file =
          Path.of(location.startsWith("file:/") ? location.replaceFirst("file:/+", "/") : location);
      return Files.isRegularFile(file)
          ? Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8))
          : Optional.empty();
    } catch (InvalidPathException e) {
      throw new UserException("'%s' is no path".formatted(location), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s".formatted(location), e);
    }
  }
}

package layertap.extract.serving;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import layertap.failure.BadRowException;
import layertap.failure.UserException;
import layertap.input.value.NamedFiles;
import layertap.process.NameEncoding;

/** Files of this machine that rows, or a configuration, name. Thread-safe. */
final class LocalNamedFiles implements NamedFiles {
  private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):/.*");
  private static final Pattern LOCAL = Pattern.compile("file:(//)?(?=/)");
  private static final long LARGEST_ARRAY = Integer.MAX_VALUE - 8L;

  @Override
  public byte[] read(String name) {
    Path path = path(name);
    try {
      if (Files.isDirectory(path)) {
        throw new BadRowException("'%s' is a directory".formatted(name));
      }
      if (!Files.exists(path)) {
        throw new BadRowException("there is no file '%s'".formatted(name));
      }
      if (Files.size(path) > LARGEST_ARRAY) {
        throw new BadRowException(
            "'%s' has %s bytes, more than the 2 GB that a value may have"
                .formatted(name, Files.size(path)));
      }
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s".formatted(name), e);
    }
  }

  private static Path path(String name) {
    if (name.isEmpty()) {
      throw new BadRowException("'' is no path");
    }
    if (isElsewhere(name)) {
      throw elsewhere(name);
    }
    try {
      return Path.of(withoutScheme(name));
    } catch (InvalidPathException e) {
      throw new BadRowException(
          "'%s' is no path%s"
              .formatted(
                  name,
                  NameEncoding.ofThisJvm().whyNotNamed(name).map(why -> ": " + why).orElse("")),
          e);
    }
  }

  static BadRowException elsewhere(Object place) {
    return new BadRowException(
        "only files of this machine are read here, not '%s'".formatted(place));
  }

  private static boolean isElsewhere(String name) {
    return SCHEME.matcher(name).matches() && !LOCAL.matcher(name).lookingAt();
  }

  private static String withoutScheme(String name) {
    return LOCAL.matcher(name).replaceFirst("");
  }

  /**
   * A path that a configuration names.
   *
   * @param key of the configuration, for messages
   * @throws UserException if it is not on this machine
   */
  static Path configured(String key, String name) {
    if (isElsewhere(name)) {
      throw new UserException(
          ("cannot read %s = %s: without Hadoop only paths of this machine are read; copy it to"
                  + " one")
              .formatted(key, name));
    }
    try {
      return Path.of(withoutScheme(name));
    } catch (InvalidPathException e) {
      String why = NameEncoding.ofThisJvm().whyNotNamed(name).orElse("it is no path; correct it");
      throw new UserException("cannot read %s = %s: %s".formatted(key, name, why), e);
    }
  }
}

package layertap.config.text;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import layertap.failure.UserException;

/**
 * Includes files where one file says so. The parser by itself passes over what it does not find,
 * and the settings would vanish: here each include must be there, {@code required} or not.
 */
final class Includes
    implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
  private static final List<String> ENDINGS = List.of(".conf", ".json", ".properties");

  private final ConfigFile file;
  private final HoconText text;
  private final ConfigParser parser;

  /**
   * For one file.
   *
   * @param text of the file
   * @param parser of what is included
   */
  Includes(ConfigFile file, HoconText text, ConfigParser parser) {
    this.file = file;
    this.text = text;
    this.parser = parser;
  }

  /** A text that was found. */
  private record Found(String location, String text) {}

  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return this;
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String name) {
    return include(name, List.of(IncludePath.beside(file.location(), name)));
  }

  /** The parser itself goes by the working directory here, which stays where nothing is beside. */
  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File what) {
    String name = what.getPath();
    String beside = IncludePath.beside(file.location(), name);
    String here = IncludePath.normal(name);
    boolean isOnePlace = IncludePath.isAbsolute(name) || here.equals(beside);
    return include(name, isOnePlace ? List.of(beside) : List.of(beside, here));
  }

  @Override
  public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
    String name = what.toString();
    return what.getProtocol().equals("file")
        ? include(name, List.of(name))
        : foreign(name, true, () -> ConfigFactory.parseURL(what, required()));
  }

  @Override
  public ConfigObject includeResources(ConfigIncludeContext context, String what) {
    return foreign(what, false, () -> ConfigFactory.parseResources(what, required()));
  }

  private static ConfigParseOptions required() {
    return ConfigParseOptions.defaults().setAllowMissing(false);
  }

  /** What neither lies beside the file nor in a storage. */
  private ConfigObject foreign(String name, boolean isRemote, Supplier<Config> parse) {
    try {
      return parse.get().root();
    } catch (ConfigException.IO e) {
      // The class path is there, or the program would not be; a server may not answer.
      if (isRemote
          && e.getCause() instanceof IOException storage
          && !(storage instanceof FileNotFoundException)) {
        throw new UncheckedIOException("cannot include '%s'".formatted(name), storage);
      }
      return refuse(name, "it is not there; correct the name");
    } catch (ConfigException e) {
      return refuse(name, e.getMessage());
    }
  }

  private List<Found> find(String location) {
    Optional<Found> exact = read(location);
    if (exact.isPresent() || ENDINGS.stream().anyMatch(location::endsWith)) {
      return exact.stream().toList();
    }
    return ENDINGS.stream()
        .map(ending -> read(location + ending))
        .flatMap(Optional::stream)
        .toList();
  }

  private Optional<Found> read(String location) {
    return parser.source().read(location).map(found -> new Found(location, found));
  }

  /** Includes what is at one of several places. */
  private ConfigObject include(String name, List<String> places) {
    List<Found> found;
    try {
      found = places.stream().flatMap(place -> find(place).stream()).toList();
    } catch (UserException e) {
      return refuse(name, e.getMessage());
    }
    if (found.isEmpty()) {
      return refuse(
          name,
          "there is no file %s; correct the name, which is relative to the file that includes it"
              .formatted(IncludePath.beside(file.location(), name)));
    }
    if (found.size() > 1) {
      return refuse(
          name,
          "there are %s; write the one that is meant with its folder and ending"
              .formatted(String.join(" and ", found.stream().map(Found::location).toList())));
    }
    String location = found.get(0).location;
    if (file.isWithin(location)) {
      return refuse(name, "%s would include itself; take one include away".formatted(location));
    }
    return parser.parse(found.get(0).text, file.includes(location)).root();
  }

  private ConfigObject refuse(String name, String fact) {
    parser.refuse(file, text.lineOfInclude(name), "cannot include '%s': %s".formatted(name, fact));
    return ConfigFactory.empty().root();
  }
}

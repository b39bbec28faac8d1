package layertap.config.text;

import java.util.ArrayList;
import java.util.List;

/**
 * A file of a configuration, and the files that include it.
 *
 * @param chain from the user's own file to this one, each by its location
 */
public record ConfigFile(List<String> chain) {
  public ConfigFile {
    chain = List.copyOf(chain);
  }

  /** The file that the user names. */
  public static ConfigFile first(String location) {
    return new ConfigFile(List.of(location));
  }

  /** Its path, or URI. */
  public String location() {
    return chain.get(chain.size() - 1);
  }

  /** A file that this one includes. */
  ConfigFile includes(String location) {
    List<String> longer = new ArrayList<>(chain);
    longer.add(location);
    return new ConfigFile(longer);
  }

  /** Whether a location is this file's, or one's that includes it. */
  boolean isWithin(String location) {
    return chain.stream().map(ConfigFile::normal).anyMatch(location::equals);
  }

  private static String normal(String location) {
    return IncludePath.beside(location, location.substring(location.lastIndexOf('/') + 1));
  }
}

package layertap.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import layertap.config.text.ConfigFile;
import layertap.config.text.ConfigParser;
import layertap.config.text.ConfigSource;
import layertap.config.text.Problems;
import layertap.failure.ConfigProblemException;
import layertap.process.NameEncoding;

/**
 * What a configuration is put together from: {@code reference.conf}, the user's file over it,
 * {@code --set} over both. Not thread-safe.
 */
final class ConfigLayers {
  /** The key of all keys. */
  static final String ROOT = "layertap";

  private static final Pattern HOCON_VALUE =
      Pattern.compile(
          "[\\[{\"].*|true|false|null|-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?", Pattern.DOTALL);

  /** What only a job from a source of rows to an output asks. */
  private static final List<String> OF_JOBS =
      List.of("input", "output", "rows.max-invalid", "rows.min");

  private final ConfigParser parser;
  private final Problems problems;

  /**
   * Starts with none of them.
   *
   * @param included reads what the user's file includes
   * @param problems takes what is wrong
   */
  ConfigLayers(ConfigSource included, Problems problems) {
    this.parser = new ConfigParser(included, problems);
    this.problems = problems;
  }

  /**
   * The user's file and what is set over it, neither resolved.
   *
   * @param name of the file, for messages; what it includes lies beside it
   * @param overrides each {@code key=value}, the key relative to {@link #ROOT}
   * @throws ConfigProblemException with all problems
   */
  Config user(String text, String name, List<String> overrides) {
    Config user = parser.parse(text, ConfigFile.first(name));
    problems.throwIfAny();
    for (String override : overrides) {
      user = apply(user, override);
    }
    problems.throwIfAny();
    return user;
  }

  /**
   * The same over the defaults, with all references resolved.
   *
   * @throws ConfigProblemException if one cannot be
   */
  Config withDefaults(Config user) {
    Config resolved = resolve(user.withFallback(reference()));
    System.getenv().forEach((name, value) -> noteUnread(name, value, resolved));
    problems.throwIfAny();
    return resolved;
  }

  /** Notes where a variable is used that Java could not read: it has become another text. */
  private void noteUnread(String variable, String text, Config resolved) {
    NameEncoding.ofThisJvm()
        .whyNotRead(text)
        .ifPresent(
            why ->
                resolved.entrySet().stream()
                    .map(Map.Entry::getValue)
                    .filter(value -> String.valueOf(value.unwrapped()).contains(text))
                    .forEach(
                        value ->
                            problems.add(
                                value.origin(),
                                "the variable %s cannot be used: %s".formatted(variable, why))));
  }

  /**
   * The user's configuration with an input and an output that name nothing.
   *
   * @param ignored takes the keys that were there and only a job asks
   */
  Config withoutKeysOfJobs(Config user, List<String> ignored) {
    // An object that is put together from others has its keys only when it is resolved.
    Config known = user.root().get(ROOT) instanceof ConfigObject ? user : resolve(user);
    try {
      return rest(known, ignored);
    } catch (ConfigException.NotResolved e) {
      ignored.clear();
      return rest(resolve(user), ignored);
    }
  }

  /**
   * A configuration with an input and an output that name nothing.
   *
   * @param ignored takes the keys that were there and only a job asks
   * @throws ConfigException.NotResolved if one of them is known only when the whole is resolved
   */
  private static Config rest(Config user, List<String> ignored) {
    Config rest = user;
    for (String key : OF_JOBS) {
      String path = ROOT + "." + key;
      if (rest.hasPathOrNull(path)) {
        ignored.add(key);
        rest = rest.withoutPath(path);
      }
    }
    ConfigValue nothing = ConfigValueFactory.fromAnyRef("rows");
    return rest.withValue(ROOT + ".input.path", nothing).withValue(ROOT + ".output.path", nothing);
  }

  /** All keys with their defaults. */
  private static Config reference() {
    try (Reader reader =
        new InputStreamReader(
            ConfigLayers.class.getResourceAsStream("reference.conf"), StandardCharsets.UTF_8)) {
      return ConfigFactory.parseReader(
          reader, ConfigParseOptions.defaults().setOriginDescription(Problems.DEFAULTS));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Config resolve(Config config) {
    try {
      return config.resolve();
    } catch (ConfigException e) {
      // The library gives its exception a cause where references form a cycle, and only there.
      boolean isCycle = e.getCause() != null;
      String remedy =
          isCycle
              ? "; take one of these references away"
              : "; set the variable, or write ${?NAME} for one that may be absent";
      problems.add(e, remedy, false);
      problems.throwIfAny();
      throw e;
    }
  }

  private Config apply(Config config, String override) {
    int equals = override.indexOf('=');
    // The value may be a secret at the wrong key.
    String shown = equals < 0 ? override : override.substring(0, equals);
    ConfigOrigin origin = ConfigOriginFactory.newSimple(Problems.OVERRIDE + shown);
    if (equals <= 0) {
      problems.add(origin, "it is not of the form key=value");
      return config;
    }
    String key = shown.trim();
    if (key.equals(ROOT) || key.startsWith(ROOT + ".")) {
      problems.add(
          origin, "a key is written without the leading '%s.', as output.path is".formatted(ROOT));
      return config;
    }
    String text = override.substring(equals + 1);
    try {
      ConfigValue value =
          HOCON_VALUE.matcher(text).matches()
              ? parser
                  .parse("value = " + text, ConfigFile.first(origin.description()))
                  .root()
                  .get("value")
              : ConfigValueFactory.fromAnyRef(text);
      List<String> path = ConfigUtil.splitPath(ROOT + "." + key);
      return value == null
          ? config
          : withValueAt(config.root(), path, value.withOrigin(origin)).toConfig();
    } catch (ConfigException.BadPath e) {
      problems.add(origin, "'" + key + "' is no key: " + e.getMessage());
      return config;
    }
  }

  /**
   * The object with a value at a path; objects that are made on the way to it are of its origin.
   */
  private static ConfigObject withValueAt(
      ConfigObject object, List<String> path, ConfigValue value) {
    String key = path.get(0);
    if (path.size() == 1) {
      return object.withValue(key, value);
    }
    ConfigObject inner =
        object.get(key) instanceof ConfigObject there
            ? there
            : ConfigFactory.empty().root().withOrigin(value.origin());
    return object.withValue(key, withValueAt(inner, path.subList(1, path.size()), value));
  }
}

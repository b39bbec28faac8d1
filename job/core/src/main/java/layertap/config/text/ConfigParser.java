package layertap.config.text;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.util.regex.Pattern;

/** Parses a file with those that it includes, and notes what cannot be parsed. */
public final class ConfigParser {
  /** Selectors with these characters are what people forget to quote. */
  private static final Pattern UNQUOTED_SELECTOR =
      Pattern.compile("\\w[*?@]|[*?]\\w|\\w:\\w|[\\[, ]\\*+[,\\] ]");

  private static final Pattern SECRET =
      Pattern.compile(
          "password|passwd|passphrase|secret|token|credential|key", Pattern.CASE_INSENSITIVE);

  private final ConfigSource source;
  private final Problems problems;

  /**
   * A parser for one configuration.
   *
   * @param source reads what files include
   * @param problems takes what cannot be parsed
   */
  public ConfigParser(ConfigSource source, Problems problems) {
    this.source = source;
    this.problems = problems;
  }

  ConfigSource source() {
    return source;
  }

  /**
   * Parses a file.
   *
   * @return what is in it; empty where a problem was noted
   */
  public Config parse(String text, ConfigFile file) {
    boolean isProperties = file.location().endsWith(".properties");
    HoconText scanned = isProperties ? HoconText.ofLines(text) : HoconText.of(text);
    if (scanned.isTooDeep()) {
      refuse(
          file,
          scanned.tooDeepLine(),
          "brackets stand in each other more than %s deep; take some away"
              .formatted(HoconText.MOST_LEVELS));
      return ConfigFactory.empty();
    }
    if (scanned.unreadableLine() > 0) {
      refuse(
          file,
          scanned.unreadableLine(),
          "it has a character that is not of UTF-8; save the file in UTF-8, or write \\uFFFD where"
              + " that character is meant");
      return ConfigFactory.empty();
    }
    try {
      return ConfigFactory.parseString(
          text,
          ConfigParseOptions.defaults()
              .setSyntax(isProperties ? ConfigSyntax.PROPERTIES : ConfigSyntax.CONF)
              .setIncluder(new Includes(file, scanned, this))
              .setOriginDescription(file.location()));
    } catch (ConfigException e) {
      String line = line(text, e);
      boolean isValue = file.location().startsWith(Problems.OVERRIDE);
      // What the parser quotes may be a secret.
      problems.add(e, quotingHint(line), isValue || SECRET.matcher(line).find());
      return ConfigFactory.empty();
    }
  }

  void refuse(ConfigFile file, int line, String problem) {
    problems.add(ConfigOriginFactory.newSimple(file.location()).withLineNumber(line), problem);
  }

  private static String line(String text, ConfigException e) {
    int line = e.origin() == null ? 0 : e.origin().lineNumber();
    return text.lines().skip(Math.max(0, line - 1)).findFirst().orElse("");
  }

  private static String quotingHint(String line) {
    return UNQUOTED_SELECTOR.matcher(line.replaceAll("\"[^\"]*\"", "")).find()
        ? "; put the selector in quotes if it has one of * ? @ : in it, as in \"lstm:hidden\""
        : "";
  }
}

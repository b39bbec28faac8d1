package layertap.config.text;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import layertap.failure.ConfigProblemException;

/**
 * Collects what is wrong in a configuration, in order, each with its file and line. Not
 * thread-safe.
 */
public final class Problems {
  /** Begins the origin of the defaults: what is wrong there is missing in the user's file. */
  public static final String DEFAULTS = "defaults of layertap";

  /** Begins the origin of a value of the command line. */
  public static final String OVERRIDE = "--set ";

  private static final Pattern LINE = Pattern.compile("(.*): (\\d+)");
  private static final Pattern MERGED = Pattern.compile("merge of ([^,]*),.*");
  private static final Pattern QUOTED = Pattern.compile("'.*'", Pattern.DOTALL);

  /** What the parser says by classes of its own, and with the values, which may be secret. */
  private static final Map<String, String> PLAIN =
      Map.of(
          "Cannot concatenate",
          "a list or an object is joined to a value that is none: it stands beside it, or += adds to"
              + " it; put a comma or a new line between them, or make both lists",
          "rather than object at file root",
          "the file is a list; write keys with their values, as layertap { … }");

  private final String file;
  private final List<String> problems = new ArrayList<>();

  /**
   * Starts without problems.
   *
   * @param file that the user wrote
   */
  public Problems(String file) {
    this.file = file;
  }

  /** Adds what is wrong where a value stands. */
  public void add(ConfigOrigin origin, String problem) {
    problems.add(where(origin) + problem);
  }

  /**
   * Adds what the parser says.
   *
   * @param remedy after a semicolon, or empty
   * @param isSecret whether what it quotes may be a secret
   */
  public void add(ConfigException e, String remedy, boolean isSecret) {
    String message = e.getMessage();
    String prefix = e.origin() == null ? "" : e.origin().description() + ": ";
    boolean hasOrigin = !prefix.isEmpty() && message.startsWith(prefix);
    String fact = hasOrigin ? message.substring(prefix.length()) : message;
    String shown = isSecret ? QUOTED.matcher(fact).replaceAll("'…'") : fact;
    problems.add(
        (hasOrigin ? where(e.origin()) : file + ": ") + plain(fact).orElse(shown + remedy));
  }

  private static Optional<String> plain(String fact) {
    return PLAIN.entrySet().stream()
        .filter(known -> fact.contains(known.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private String where(ConfigOrigin origin) {
    // Of an object that is put together from several places the first counts.
    String description = MERGED.matcher(origin.description()).replaceAll("$1");
    if (description.startsWith(DEFAULTS)) {
      return file + ": ";
    }
    Matcher line = LINE.matcher(description);
    if (!line.matches()) {
      return description + ": ";
    }
    String source = line.group(1);
    return source + (source.startsWith(OVERRIDE) ? ": " : ":" + line.group(2) + ": ");
  }

  /**
   * Ends the reading if something is wrong.
   *
   * @throws ConfigProblemException with all problems so far
   */
  public void throwIfAny() {
    if (!problems.isEmpty()) {
      throw new ConfigProblemException(problems);
    }
  }
}

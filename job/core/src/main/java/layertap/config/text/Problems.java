package layertap.config.text;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;
import java.util.ArrayList;
import java.util.List;
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

  private static final Pattern QUOTED = Pattern.compile("'.*'", Pattern.DOTALL);

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
    problems.add((hasOrigin ? where(e.origin()) : file + ": ") + shown + remedy);
  }

  private String where(ConfigOrigin origin) {
    String description = origin.description();
    if (description.startsWith(DEFAULTS)) {
      return file + ": ";
    }
    String line = ": " + origin.lineNumber();
    if (!description.endsWith(line)) {
      return description + ": ";
    }
    String source = description.substring(0, description.length() - line.length());
    return source + (source.startsWith(OVERRIDE) ? ": " : ":" + origin.lineNumber() + ": ");
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

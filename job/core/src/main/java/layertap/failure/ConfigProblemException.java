package layertap.failure;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A configuration that cannot be used. The message lists all problems, each with its file and line.
 */
public final class ConfigProblemException extends LayertapException {
  private static final long serialVersionUID = 1L;

  public ConfigProblemException(List<String> problems) {
    super(FailureKind.USER, lines(problems));
  }

  private ConfigProblemException(List<String> lines, ConfigProblemException cause) {
    super(FailureKind.USER, lines);
    initCause(cause);
  }

  /** The same problems in other words, line by line. */
  public ConfigProblemException reworded(UnaryOperator<String> words) {
    return new ConfigProblemException(getMessage().lines().map(words).toList(), this);
  }

  private static List<String> lines(List<String> problems) {
    if (problems.size() == 1) {
      return List.of("cannot use the configuration: %s".formatted(problems.get(0)));
    }
    List<String> lines = new ArrayList<>();
    lines.add("cannot use the configuration: %s problems".formatted(problems.size()));
    problems.forEach(problem -> lines.add("  " + problem));
    return lines;
  }
}

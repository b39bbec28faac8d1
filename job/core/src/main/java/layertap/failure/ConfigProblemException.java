package layertap.failure;

import java.util.ArrayList;
import java.util.List;

/**
 * A configuration that cannot be used. The message lists all problems, each with its file and line.
 */
public final class ConfigProblemException extends LayertapException {
  private static final long serialVersionUID = 1L;

  public ConfigProblemException(List<String> problems) {
    super(FailureKind.USER, lines(problems));
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

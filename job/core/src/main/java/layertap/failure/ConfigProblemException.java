package layertap.failure;

import java.util.List;

/**
 * A configuration that cannot be used. The message lists all problems, each with its file and line.
 */
public final class ConfigProblemException extends LayertapException {
  private static final long serialVersionUID = 1L;

  public ConfigProblemException(List<String> problems) {
    super(
        FailureKind.USER,
        problems.size() == 1
            ? "cannot use the configuration: %s".formatted(problems.get(0))
            : "cannot use the configuration: %s problems\n  %s"
                .formatted(problems.size(), String.join("\n  ", problems)));
  }
}

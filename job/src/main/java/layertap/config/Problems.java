package layertap.config;

import com.typesafe.config.ConfigOrigin;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong in a configuration, in order. */
final class Problems {
  private final List<String> problems = new ArrayList<>();

  void add(ConfigOrigin origin, String problem) {
    problems.add(where(origin) + problem);
  }

  private static String where(ConfigOrigin origin) {
    if (origin.lineNumber() > 0) {
      String file = origin.filename() != null ? origin.filename() : origin.resource();
      return (file == null ? origin.description() : file + ":" + origin.lineNumber()) + ": ";
    }
    return origin.description() + ": ";
  }

  void throwIfAny() {
    if (!problems.isEmpty()) {
      throw new ConfigProblemException(problems);
    }
  }
}

package layertap.spark.write;

import java.util.Arrays;
import java.util.List;
import layertap.config.JobConfig;
import layertap.failure.OutputException;

/**
 * Files in the place of an output that no run wrote. What readers pass over does not count.
 *
 * @param files relative to the output
 */
record ForeignFiles(List<String> files) {
  static final ForeignFiles NONE = new ForeignFiles(List.of());

  private static final int MOST_NAMES = 3;

  ForeignFiles {
    files = List.copyOf(files);
  }

  /** Those of the files below a folder. */
  static ForeignFiles of(List<String> below, String folder) {
    return new ForeignFiles(
        below.stream()
            .map(path -> path.substring(Math.min(path.length(), folder.length() + 1)))
            .filter(path -> Arrays.stream(path.split("/")).noneMatch(ForeignFiles::isHidden))
            .sorted()
            .toList());
  }

  /** As readers see it: a folder of a column whose name begins with _ is none. */
  private static boolean isHidden(String name) {
    return name.startsWith(".") || (name.startsWith("_") && !name.contains("="));
  }

  boolean isEmpty() {
    return files.isEmpty();
  }

  /**
   * Goes on only if there are none.
   *
   * @throws OutputException naming some
   */
  void refuse(JobConfig.Output output) {
    if (!files.isEmpty()) {
      int shown = Math.min(files.size(), MOST_NAMES);
      String more = files.size() > shown ? " and " + (files.size() - shown) + " more" : "";
      throw new OutputException(
          ("cannot replace %s: it has no _layertap.json, but files that layertap did not write "
                  + "(%s%s); set another output.path, or output.replace-foreign = true")
              .formatted(output.path(), String.join(", ", files.subList(0, shown)), more));
    }
  }
}

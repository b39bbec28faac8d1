package layertap.config;

import java.util.regex.Pattern;
import layertap.config.JobConfig.Compression;
import layertap.config.JobConfig.Mode;
import layertap.config.JobConfig.Output;

/** Reads the part {@code output}. */
final class OutputParser {
  private static final Pattern RUN_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}");
  private static final int CHUNK_ROWS = 100_000;
  private static final int LEASE_SECONDS = 120;
  private static final int SHORTEST_LEASE = 10;

  private OutputParser() {}

  static Output parse(Section section) {
    Output output =
        new Output(
            section.location("path"),
            section.text("table", ""),
            section.choice("mode", Mode.class, Mode.ERROR),
            section.bool("replace-foreign", false),
            section.texts("key"),
            section.choice("compression", Compression.class, Compression.ZSTD),
            section.texts("partition-by"),
            section.text("run-id", ""),
            section.wholeNumber("chunk-rows", 1, CHUNK_ROWS),
            section.wholeNumber("lease-seconds", SHORTEST_LEASE, LEASE_SECONDS));
    if (output.path().isEmpty() == output.table().isEmpty()) {
      section.problem("path", "needs exactly one of path and table");
    }
    if (output.mode() == Mode.RESUME && output.key().isEmpty()) {
      section.problem("key", "is empty; mode = resume finds by it which rows are there");
    }
    if (!output.runId().isEmpty() && !RUN_ID.matcher(output.runId()).matches()) {
      section.problem(
          "run-id",
          ("is '%s'; it becomes part of file names: up to 100 letters, digits, and _ . "
                  + "+ -, of which the first is a letter or digit")
              .formatted(output.runId()));
    }
    if (!output.table().isEmpty()) {
      checkTable(section, output);
    }
    section.finish();
    return output;
  }

  private static void checkTable(Section section, Output output) {
    if (output.mode() == Mode.OVERWRITE || output.mode() == Mode.RESUME) {
      section.problem("mode", "is for output.path; a table is made (error) or added to (append)");
    }
  }
}

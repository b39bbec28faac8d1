package layertap.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import layertap.config.JobConfig;
import layertap.report.Manifest;
import layertap.spark.SparkExtraction;

/** Runs a configuration. */
final class ExtractCommand {
  private static final int NO_LIMIT = -1;

  private final Arguments arguments;
  private final long limit;
  private final PrintStream out;
  private final PrintStream log;

  ExtractCommand(List<String> arguments, PrintStream out, PrintStream log) {
    this.arguments =
        Arguments.parse(
            "extract", arguments, "CONF", Set.of("--set", "--limit"), Set.of("--debug"));
    this.limit = this.arguments.number("--limit", NO_LIMIT);
    this.out = out;
    this.log = log;
  }

  void run() {
    JobConfig config = ConfigFiles.load(arguments.operand(), arguments.all("--set"));
    Manifest manifest = SparkExtraction.run(config, limit, log);
    out.println(
        String.format(
            Locale.ROOT,
            "%s: %,d rows read, %,d written, %,d skipped, %,d invalid; %.1f s, %.1f rows/s on %d"
                + (manifest.cores() == 1 ? " core" : " cores"),
            config.output().path(),
            manifest.rows().read(),
            manifest.rows().written(),
            manifest.rows().skipped(),
            manifest.rows().invalid(),
            manifest.seconds(),
            manifest.rowsPerSecond(),
            manifest.cores()));
  }
}

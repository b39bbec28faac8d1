package layertap.cli;

import java.io.PrintStream;
import java.util.Locale;
import layertap.config.JobConfig;
import layertap.platform.SparkCommand;
import layertap.report.Manifest;
import layertap.spark.SparkExtraction;
import layertap.spark.run.RowLimit;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a configuration. */
@Command(
    name = "extract",
    description = "Runs the job that CONF describes: reads its rows and writes their features.")
final class ExtractCommand implements SparkCommand {
  private final PrintStream out;
  private final PrintStream log;

  @Mixin ConfigOptions options;

  @Option(
      names = "--limit",
      paramLabel = "N",
      converter = LimitConverter.class,
      description = "Reads at most N rows. Without it, all rows are read.")
  RowLimit limit = RowLimit.NONE;

  ExtractCommand(PrintStream out, PrintStream log) {
    this.out = out;
    this.log = log;
  }

  @Override
  public void run() {
    JobConfig config = options.load();
    Manifest manifest = SparkExtraction.run(config, limit, log);
    out.println(
        String.format(
            Locale.ROOT,
            "%s: %,d rows read, %,d written, %,d skipped, %,d invalid; %.1f s, %.1f rows/s on %s %s",
            config.output().path(),
            manifest.rows().read(),
            manifest.rows().written(),
            manifest.rows().skipped(),
            manifest.rows().invalid(),
            manifest.seconds(),
            manifest.rowsPerSecond(),
            manifest.cores(),
            manifest.cores() == 1 ? "core" : "cores"));
  }

  /** Reads a whole number of rows. */
  static final class LimitConverter implements ITypeConverter<RowLimit> {
    private static final int MAX_DIGITS = 9;

    @Override
    public RowLimit convert(String text) {
      if (!text.matches("\\d{1,%s}".formatted(MAX_DIGITS))) {
        throw new IllegalArgumentException(
            "a whole number of at most %s digits".formatted(MAX_DIGITS));
      }
      return RowLimit.of(Integer.parseInt(text));
    }
  }
}

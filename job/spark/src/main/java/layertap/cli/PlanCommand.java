package layertap.cli;

import java.io.PrintStream;
import layertap.config.JobConfig;
import layertap.platform.SparkCommand;
import layertap.spark.JobPlan;
import layertap.spark.run.RowLimit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says what a configuration would do, and reads no rows. */
@Command(
    name = "plan",
    description =
        "Says what extract would do with CONF, and whether it would be refused: input and output as"
            + " they are there, feeds, features, kept and dropped ops and variables, bytes to read,"
            + " memory. Reads rows only with --rows.")
final class PlanCommand implements SparkCommand {
  private final PrintStream out;
  private final PrintStream log;

  @Mixin ConfigOptions options;

  @Option(
      names = "--no-input",
      description =
          "Leaves out the input: its paths, tables and columns, and so the start of Spark.")
  boolean isWithoutInput;

  @Option(
      names = "--rows",
      paramLabel = "N",
      converter = ExtractCommand.LimitConverter.class,
      description =
          "Feeds the first N rows: says in which range they are, and warns if the preprocessing"
              + " seems to be another one than in training.")
  RowLimit rows = RowLimit.of(0);

  @Option(names = "--json", description = "Prints JSON instead of text.")
  boolean isJson;

  PlanCommand(PrintStream out, PrintStream log) {
    this.out = out;
    this.log = log;
  }

  @Override
  public void run() {
    JobConfig given = options.load();
    JobPlan job = isWithoutInput ? JobPlan.withoutInput(given, log) : JobPlan.of(given, rows, log);
    if (isJson) {
      // Its lines are its own: strings in JSON have none.
      out.print(PlanJson.of(job) + System.lineSeparator());
    } else {
      new PlanText(job, out).print();
    }
  }
}

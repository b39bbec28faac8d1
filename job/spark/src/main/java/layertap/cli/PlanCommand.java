package layertap.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import layertap.cli.listing.Table;
import layertap.config.JobConfig;
import layertap.failure.Printable;
import layertap.platform.SparkCommand;
import layertap.report.FirstRows;
import layertap.spark.JobPlan;
import layertap.spark.run.PlanSummary;
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
            + " memory. Reads no rows but with --rows.")
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
      print(job);
    }
  }

  private void print(JobPlan job) {
    JobConfig config = job.config();
    PlanSummary plan = job.summary();
    out.println("model        " + config.model().path());
    out.println("fingerprint  " + plan.modelFingerprint());
    out.println("plan         " + plan.planFingerprint());
    out.println("engine       " + plan.engine());
    out.println("input        " + job.input());
    if (!job.kept().isEmpty()) {
      out.println("kept         " + String.join(", ", job.kept()));
    }
    out.println("output       " + job.output());
    out.println();
    Table feeds = new Table("feed", "column", "conversion", "range", "tensor");
    plan.feeds()
        .forEach(
            feed ->
                feeds.add(
                    feed.target(), feed.column(), feed.conversion(), feed.range(), feed.tensor()));
    feeds.print(out);
    out.println();
    FirstRows first = job.firstRows();
    List<String> preprocessing = new ArrayList<>(job.preprocessing());
    first.ranges().forEach(range -> preprocessing.add(range.text(first.rows())));
    preprocessing.forEach(line -> out.println("preprocessing  " + Printable.line(line)));
    if (!preprocessing.isEmpty()) {
      out.println();
    }
    Table features = new Table("column", "selector", "tensor", "dtype", "row shape", "bytes a row");
    for (PlanSummary.FeatureLine feature : plan.features()) {
      features.add(
          feature.column(),
          feature.selector(),
          feature.tensor(),
          feature.dtype(),
          feature.shape(),
          feature.bytes().isPresent() ? grouped(feature.bytes().getAsLong()) : "open");
    }
    features.print(out);
    out.println();
    Table figures = new Table("", "kept", "dropped");
    figures.add("ops", grouped(plan.keptOps()), grouped(plan.droppedOps()));
    figures.add("variables", grouped(plan.keptVariables()), grouped(plan.droppedVariables()));
    figures.print(out);
    out.println();
    out.println(
        "variables: %s bytes, read in %s %s of %s bytes, after an index of %s"
            .formatted(
                grouped(plan.variableBytes()),
                plan.readRequests(),
                plan.readRequests() == 1 ? "request" : "requests",
                grouped(plan.readBytes()),
                grouped(plan.indexBytes())));
    out.println(
        ("memory: about %s bytes of inputs, features and the largest activation for a batch of %s%s;"
                + " about %s bytes of variables while the model is opened")
            .formatted(
                grouped(plan.batch().bytes()),
                plan.batch().rows(),
                plan.batch().isMost() ? ", the most that run.batch-size = auto takes" : "",
                grouped(plan.openingBytes())));
    if (plan.gradients().isAny()) {
      out.println(
          ("gradients: %s more ops; about %s bytes a row of activations that stay in memory for the"
                  + " way back; about %s times the arithmetic of the scores once more")
              .formatted(
                  grouped(plan.gradients().ops()),
                  grouped(plan.gradients().bytesPerRow()),
                  String.format(Locale.ROOT, "%.1f", plan.gradients().passes())));
    }
    int tasks = plan.executorMemory().tasks();
    out.println(
        "advised: %s for executors that run %s %s at once (spark.executor.cores)"
            .formatted(plan.executorMemory().settings(), tasks, tasks == 1 ? "task" : "tasks"));
    out.println(
        "advised: spark.driver.memoryOverhead=%sm for a driver%s takes about %s bytes beside its heap"
            .formatted(
                plan.driverOverhead() >> 20,
                plan.hasTrial()
                    ? " whose trial, a JVM of its own,"
                    : " that tries the model itself and",
                grouped(plan.trialBytes())));
    plan.warnings().forEach(warning -> out.println("warning: " + warning));
    first.warnings().forEach(warning -> out.println("warning: " + warning));
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}

package layertap.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import layertap.cli.listing.Table;
import layertap.failure.Printable;
import layertap.report.FirstRows;
import layertap.spark.JobPlan;
import layertap.spark.run.FeedLine;
import layertap.spark.run.PlanSummary;

/** The plan of a job as text, part by part. */
final class PlanText {
  private final JobPlan job;
  private final PlanSummary plan;
  private final FirstRows firstRows;
  private final PrintStream out;

  PlanText(JobPlan job, PrintStream out) {
    this.job = job;
    this.plan = job.summary();
    this.firstRows = job.firstRows();
    this.out = out;
  }

  void print() {
    printJob();
    out.println();
    printFeeds();
    out.println();
    printPreprocessing();
    printFeatures();
    out.println();
    printGraph();
    out.println();
    printNeeds();
    printAdvice();
    plan.warnings().forEach(warning -> out.println("warning: " + warning));
    firstRows.warnings().forEach(warning -> out.println("warning: " + warning));
  }

  private void printJob() {
    out.println("model        " + job.config().model().path());
    out.println("fingerprint  " + plan.modelFingerprint());
    out.println("plan         " + plan.planFingerprint());
    out.println("engine       " + plan.engine());
    out.println("input        " + job.input());
    if (!job.kept().isEmpty()) {
      out.println("kept         " + String.join(", ", job.kept()));
    }
    out.println("output       " + job.output());
  }

  private void printFeeds() {
    Table feeds = new Table("feed", "column", "conversion", "range", "tensor");
    for (FeedLine feed : plan.feeds()) {
      feeds.add(feed.target(), feed.column(), feed.conversion(), feed.range(), feed.tensor());
    }
    feeds.print(out);
  }

  /** With an empty line after it, if there is anything to print. */
  private void printPreprocessing() {
    List<String> lines = new ArrayList<>(job.preprocessing());
    firstRows.ranges().forEach(range -> lines.add(range.text(firstRows.rows())));
    lines.forEach(line -> out.println("preprocessing  " + Printable.line(line)));
    if (!lines.isEmpty()) {
      out.println();
    }
  }

  private void printFeatures() {
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
  }

  private void printGraph() {
    Table figures = new Table("", "kept", "dropped");
    figures.add("ops", grouped(plan.keptOps()), grouped(plan.droppedOps()));
    figures.add("variables", grouped(plan.keptVariables()), grouped(plan.droppedVariables()));
    figures.print(out);
  }

  /** What is read and how much memory and arithmetic a run takes. */
  private void printNeeds() {
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
  }

  private void printAdvice() {
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
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}

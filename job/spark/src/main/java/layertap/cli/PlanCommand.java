package layertap.cli;

import java.io.PrintStream;
import java.util.Locale;
import layertap.config.JobConfig;
import layertap.spark.run.PlanSummary;
import layertap.spark.write.AutoOptimization;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says what a configuration would do, and reads no rows. */
@Command(
    name = "plan",
    description =
        "Says what extract would do with CONF: feeds, features, kept and dropped ops and variables,"
            + " bytes to read, memory. Reads no rows.")
final class PlanCommand implements Runnable {
  private final PrintStream out;

  @Mixin ConfigOptions options;

  PlanCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public void run() {
    JobConfig config = AutoOptimization.decide(options.load());
    PlanSummary plan = PlanSummary.of(config);
    out.println("model        " + config.model().path());
    out.println("fingerprint  " + plan.modelFingerprint());
    out.println("plan         " + plan.planFingerprint());
    out.println("engine       " + plan.engine());
    out.println();
    Table feeds = new Table("feed", "column", "dtype", "row shape");
    plan.feeds()
        .forEach(feed -> feeds.add(feed.target(), feed.column(), feed.dtype(), feed.shape()));
    feeds.print(out);
    out.println();
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
        ("memory: about %s bytes of inputs, features and the largest activation for a batch of %s;"
                + " about %s bytes of variables while the model is opened")
            .formatted(
                grouped(plan.batchBytes()),
                config.run().batchSize(),
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
    plan.warnings().forEach(warning -> out.println("warning: " + warning));
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}

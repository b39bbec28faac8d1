package layertap.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import layertap.config.JobConfig;
import layertap.spark.run.JobPlan;

/** Says what a configuration would do, and reads no rows. */
final class PlanCommand {
  private final Arguments arguments;
  private final PrintStream out;

  PlanCommand(List<String> arguments, PrintStream out) {
    this.arguments = Arguments.parse("plan", arguments, "CONF", Set.of("--set"), Set.of("--debug"));
    this.out = out;
  }

  void run() {
    JobConfig config = ConfigFiles.load(arguments.operand(), arguments.all("--set"));
    JobPlan plan = JobPlan.of(config);
    out.println("model        " + config.model().path());
    out.println("fingerprint  " + plan.modelFingerprint());
    out.println("plan         " + plan.planFingerprint());
    out.println();
    Table feeds = new Table("feed", "column", "dtype", "row shape");
    plan.feeds()
        .forEach(feed -> feeds.add(feed.target(), feed.column(), feed.dtype(), feed.shape()));
    feeds.print(out);
    out.println();
    Table features = new Table("column", "selector", "tensor", "dtype", "row shape", "bytes a row");
    for (JobPlan.FeatureLine feature : plan.features()) {
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
        "variables: "
            + grouped(plan.variableBytes())
            + " bytes, read in "
            + plan.readRequests()
            + (plan.readRequests() == 1 ? " request" : " requests")
            + " of "
            + grouped(plan.readBytes())
            + " bytes, after an index of "
            + grouped(plan.indexBytes()));
    out.println(
        "memory: about "
            + grouped(plan.batchBytes())
            + " bytes of inputs, features and the largest"
            + " activation for a batch of "
            + config.run().batchSize()
            + "; about "
            + grouped(plan.openingBytes())
            + " bytes of variables while the model is opened");
    int tasks = plan.executorMemory().tasks();
    out.println(
        "advised: "
            + plan.executorMemory().settings()
            + " for executors that run "
            + (tasks == 1 ? "1 task" : tasks + " tasks")
            + " at once (spark.executor.cores)");
    plan.warnings().forEach(warning -> out.println("warning: " + warning));
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}

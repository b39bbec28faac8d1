package layertap.spark;

import java.io.PrintStream;
import java.util.List;
import layertap.config.JobConfig;
import layertap.failure.LayertapException;
import layertap.hadoop.HadoopFiles;
import layertap.model.saved.KeptModelFiles;
import layertap.model.saved.ModelFiles;
import layertap.plan.ModelTrial;
import layertap.plan.PlanBuilder;
import layertap.plan.PlanDescription;
import layertap.report.FirstRows;
import layertap.spark.probe.FirstRowsProbe;
import layertap.spark.read.InputDescription;
import layertap.spark.run.CheckedJob;
import layertap.spark.run.JobRun;
import layertap.spark.run.PlanSummary;
import layertap.spark.run.RowLimit;
import layertap.spark.run.RunTotals;
import layertap.spark.trial.Trials;
import layertap.spark.write.AutoOptimization;
import layertap.spark.write.PathOutput;
import layertap.spark.write.TableOutput;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.types.StructField;

/**
 * What a job would do, after all checks: only what its rows hold can still make it fail.
 *
 * @param config with what was decided
 * @param input in words
 * @param kept columns, each with its type; empty if the input was not looked at
 * @param output in words: where it is, and what is there
 * @param preprocessing what the model does to its inputs, and what it looks like
 * @param firstRows what was fed on them, if any were read
 */
public record JobPlan(
    JobConfig config,
    PlanSummary summary,
    String input,
    List<String> kept,
    String output,
    List<String> preprocessing,
    FirstRows firstRows) {
  public JobPlan {
    kept = List.copyOf(kept);
    preprocessing = List.copyOf(preprocessing);
  }

  /** A model that was planned, with its files. */
  private record PlannedModel(PlanBuilder.Planned planned, ModelFiles files) {
    static PlannedModel of(JobConfig config, boolean areFirstRowsRead) {
      ModelFiles files = new KeptModelFiles(HadoopFiles.model(config.model().path()));
      try (ModelTrial trial = Trials.open(config, files, 1)) {
        PlanBuilder builder = new PlanBuilder(config, files, HadoopFiles::read);
        return new PlannedModel(
            (areFirstRowsRead ? builder : builder.withoutFirstRows()).build(trial), files);
      }
    }
  }

  /**
   * Plans a job and opens its input, of which no more than the first rows are read. Spark starts in
   * this JVM while the model is planned, unless there is a session already; no cluster is asked for
   * anything.
   *
   * @param rows of which the preprocessing is checked
   * @param log takes warnings
   * @throws LayertapException for the reason for which the job itself would be refused
   */
  public static JobPlan of(JobConfig given, RowLimit rows, PrintStream log) {
    JobConfig config = AutoOptimization.decide(given);
    try (CommandSession session = CommandSession.of(settings(config))) {
      session.startAside();
      PlannedModel model = PlannedModel.of(config, true);
      JobRun run = JobRun.of(session.get(), config, model.planned());
      try (RunTotals totals = new RunTotals(run, log, counted -> {} /* none is counted */)) {
        CheckedJob job =
            config.output().table().isEmpty()
                ? new PathOutput(run, totals, log).check()
                : new TableOutput(run, totals, log).check();
        return new JobPlan(
            config,
            PlanSummary.of(config, model.planned(), model.files(), job.input().source().fedTypes()),
            InputDescription.source(config.input()) + job.input().source().size().text(),
            job.input().source().kept().stream().map(JobPlan::text).toList(),
            job.output(),
            model.planned().preprocessing().lines(),
            FirstRowsProbe.start(
                    session.get(),
                    config,
                    run.hadoop(),
                    model.planned().preprocessing().firstRows(),
                    job.input().source(),
                    (int) rows.countOf(Integer.MAX_VALUE))
                .found());
      }
    }
  }

  /** Nothing of a cluster's, and nothing that outlives the command. */
  private static SparkConf settings(JobConfig config) {
    SparkConf conf = SparkExtraction.settings(config);
    // A driver in a cluster is lost if it does not speak to it.
    if (!conf.get("spark.submit.deployMode", "client").equals("cluster")) {
      conf.set("spark.master", "local[*]");
    }
    return conf.set("spark.ui.enabled", "false").set("spark.eventLog.enabled", "false");
  }

  private static String text(StructField field) {
    return field.name() + " " + field.dataType().simpleString();
  }

  /**
   * Plans a job without its input, and so without Spark.
   *
   * @param log takes warnings
   * @throws LayertapException if the model cannot do what is asked, or the output's path refuses it
   */
  public static JobPlan withoutInput(JobConfig given, PrintStream log) {
    JobConfig config = AutoOptimization.decide(given);
    PlannedModel model = PlannedModel.of(config, false);
    PlanDescription description = new PlanDescription(config, model.planned());
    JobConfig.Output output = config.output();
    return new JobPlan(
        config,
        PlanSummary.of(config, model.planned(), model.files(), List.of()),
        InputDescription.source(config.input()) + ", not looked at",
        List.of(),
        output.table().isEmpty()
            ? PathOutput.checkAlone(
                output, description.fingerprint(), HadoopFiles.configuration(), log)
            : "the table %s, not looked at".formatted(output.table()),
        model.planned().preprocessing().lines(),
        FirstRows.NONE);
  }
}

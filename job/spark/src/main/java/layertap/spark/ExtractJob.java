package layertap.spark;

import java.io.PrintStream;
import layertap.config.JobConfig;
import layertap.failure.OutputBusyException;
import layertap.failure.OutputException;
import layertap.failure.UserException;
import layertap.plan.PlanBuilder;
import layertap.report.Manifest;
import layertap.spark.run.JobRun;
import layertap.spark.run.ProgressListener;
import layertap.spark.run.RowLimit;
import layertap.spark.run.RunTotals;
import layertap.spark.task.LocalRowNotes;
import layertap.spark.write.PathOutput;
import layertap.spark.write.TableOutput;
import org.apache.spark.sql.SparkSession;

/** Runs a plan: maps the rows and publishes what comes out. Driver only. */
final class ExtractJob {
  private final SparkSession spark;
  private final JobConfig config;
  private final PlanBuilder.Planned planned;
  private final PrintStream progress;

  /**
   * Prepares a run.
   *
   * @param progress where lines of progress and warnings go
   */
  ExtractJob(
      SparkSession spark, JobConfig config, PlanBuilder.Planned planned, PrintStream progress) {
    this.spark = spark;
    this.config = config;
    this.planned = planned;
    this.progress = progress;
  }

  /**
   * Runs the job.
   *
   * @param limit of the rows that are read
   * @return what the run did, as published
   * @throws UserException if model, input and configuration do not fit together
   * @throws OutputException if the output cannot be written as asked
   * @throws OutputBusyException if another run writes to the output
   */
  Manifest run(RowLimit limit) {
    JobRun run = JobRun.of(spark, config, planned);
    warnOfLeftRows(run.outputName());
    planned.warnings().forEach(warning -> progress.println("layertap: warning: " + warning));
    try (ProgressListener listener =
            new ProgressListener(progress, config.run().progressSeconds());
        RunTotals totals = new RunTotals(run, progress, listener::expect)) {
      spark.sparkContext().addSparkListener(listener);
      try {
        Manifest manifest =
            config.output().table().isEmpty()
                ? new PathOutput(run, totals, progress).run(limit)
                : new TableOutput(run, totals, progress).run(limit);
        totals.foundBatchSizes().ifPresent(progress::println);
        return manifest;
      } finally {
        spark.sparkContext().removeSparkListener(listener);
      }
    }
  }

  private void warnOfLeftRows(String output) {
    for (String rows : LocalRowNotes.ofThisMachine().takeLeft(output)) {
      progress.println(
          ("layertap: warning: the process of an earlier run of %s ended while these rows were under"
                  + " way: %s; if this one ends there too, set run.batch-size = 1 to find the row,"
                  + " and filter it")
              .formatted(output, rows));
    }
  }
}

package layertap.spark.write;

import java.io.PrintStream;
import java.util.List;
import java.util.stream.Collectors;
import layertap.config.JobConfig;
import layertap.failure.OutputBusyException;
import layertap.failure.OutputException;
import layertap.failure.UserException;
import layertap.hadoop.HadoopOutputStore;
import layertap.plan.PlanFingerprint;
import layertap.publish.Publication;
import layertap.report.Manifest;
import layertap.report.WrittenFile;
import layertap.spark.failure.RunTasks;
import layertap.spark.failure.SparkFailures;
import layertap.spark.read.InputKeys;
import layertap.spark.run.CheckedJob;
import layertap.spark.run.ExtractedRows;
import layertap.spark.run.JobRun;
import layertap.spark.run.JobSteps;
import layertap.spark.run.PlanLines;
import layertap.spark.run.RowLimit;
import layertap.spark.run.RunTotals;
import layertap.spark.task.SharedRowNotes;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Writes features to a directory, beside it first, in each of the modes. Driver only. */
public record PathOutput(JobRun job, RunTotals totals, PrintStream progress) {
  /** Before Spark's own hook stops the tasks, and Hadoop's closes the file systems. */
  private static final int HOOK_PRIORITY = 100;

  /**
   * Judges the run; reads no rows, changes nothing.
   *
   * @throws UserException if model, input and configuration do not fit together
   * @throws OutputException if the output cannot be written as asked
   * @throws OutputBusyException if a run is on it
   */
  public CheckedJob check() {
    OutputPlace place = OutputPlace.of(job.config().output(), job.hadoop());
    return PathPlan.of(job, place, place.found(), progress).checked();
  }

  /**
   * Judges an output without the input of the run.
   *
   * @return the output in words
   * @throws OutputException if it cannot be written as asked
   * @throws OutputBusyException if a run is on it
   */
  public static String checkAlone(
      JobConfig.Output output, PlanFingerprint plan, Configuration hadoop, PrintStream log) {
    return PathPlan.withoutInput(output, plan, hadoop, log);
  }

  /** Takes the output, writes, publishes. */
  public Manifest run(RowLimit limit) {
    JobConfig.Output output = job.config().output();
    OutputPlace place = OutputPlace.of(output, job.hadoop());
    try (Publication publication =
        Publication.open(place.store(), place.target(), job.runId(), place.lease())) {
      Runnable hook = publication::abandon;
      ShutdownHookManager.get().addShutdownHook(hook, HOOK_PRIORITY);
      try {
        PathPlan plan = PathPlan.of(job, place, place.existing(), progress);
        totals.open(plan.input().source(), limit);
        PlanLines.of(job, plan.checked()).forEach(progress::println);
        String notes = publication.scratch() + "/under-way";
        ExtractedRows extracted = ExtractedRows.open(job, plan.input(), notes);
        OutputRun run =
            new OutputRun(
                job,
                totals,
                publication,
                plan.existing(),
                extracted,
                extracted.checking(plan.folders()),
                place.target(),
                limit);
        return SparkFailures.explainingLost(
            () ->
                RunTasks.endedAfter(
                    job.spark().sparkContext(), job.runId(), () -> extract(run, place.store())),
            new SharedRowNotes(notes, job.hadoop())::explain);
      } finally {
        if (!ShutdownHookManager.get().isShutdownInProgress()) {
          // Else the hook is at work, and refusing to be removed would hide what happened.
          ShutdownHookManager.get().removeShutdownHook(hook);
        }
      }
    }
  }

  private Manifest extract(OutputRun run, HadoopOutputStore store) {
    totals.look(run.extracted(), run.limit());
    return switch (job.config().output().mode()) {
      case ERROR, OVERWRITE -> whole(run);
      case APPEND -> append(run);
      case RESUME ->
          JobSteps.call(
                  job,
                  "looking for rows that are missing",
                  () -> ResumedRun.open(run, store, progress))
              .run();
    };
  }

  private Manifest append(OutputRun run) {
    if (!job.config().output().key().isEmpty()) {
      JobSteps.run(job, "looking for keys that are there already", () -> requireNewKeys(run));
    }
    return whole(run);
  }

  private static void requireNewKeys(OutputRun run) {
    try (InputKeys keys = run.inputKeys()) {
      keys.requireNoneOf(run.existingKeys(keys));
    }
  }

  /** All rows in one step. */
  private Manifest whole(OutputRun run) {
    RowLimit limit = run.limit();
    Dataset<Row> rows = limit.rowsOf(run.extracted().source().rows());
    StagedFiles staged =
        JobSteps.call(job, JobSteps.extracting(run.extracted().schema()), () -> run.write(rows));
    totals.add(staged.reports(), List.of());
    run.demands().judgeRun(run.existing().rows().written() > 0, run.existing().replaced());
    List<WrittenFile> files =
        JobSteps.call(job, "merging small files", () -> run.merge().mergeSmall(staged.files()));
    totals.add(List.of(), files);
    return run.publish(
        files.stream().map(WrittenFile::path).collect(Collectors.toSet()),
        limit.isNone() /* nothing is missing */,
        run.existing().isEmpty() /* what is there goes */);
  }
}

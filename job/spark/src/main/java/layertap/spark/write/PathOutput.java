package layertap.spark.write;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import layertap.config.JobConfig;
import layertap.failure.OutputException;
import layertap.hadoop.HadoopOutputStore;
import layertap.publish.Publication;
import layertap.report.Manifest;
import layertap.report.WrittenFile;
import layertap.spark.failure.SparkFailures;
import layertap.spark.read.InputKeys;
import layertap.spark.run.ExtractedRows;
import layertap.spark.run.JobRun;
import layertap.spark.run.JobSteps;
import layertap.spark.run.RowLimit;
import layertap.spark.run.RunTotals;
import layertap.spark.schema.PartitionFolders;
import layertap.spark.task.CheckedFolders;
import layertap.spark.task.SharedRowNotes;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Writes features to a directory, beside it first, in each of the modes. Driver only. */
public record PathOutput(JobRun job, RunTotals totals, PrintStream progress) {
  /** Before Spark's own hook stops the tasks, and Hadoop's closes the file systems. */
  private static final int HOOK_PRIORITY = 100;

  /** Takes the output, writes, publishes. */
  public Manifest run(RowLimit limit) {
    JobConfig.Output output = job.config().output();
    HadoopOutputStore store = HadoopOutputStore.of(output.path(), job.hadoop());
    String target = store.qualify(output.path());
    requireDirectory(store, target, output);
    Duration lease = Duration.ofSeconds(output.leaseSeconds());
    try (Publication publication = Publication.open(store, target, job.runId(), lease)) {
      Runnable hook = publication::abandon;
      ShutdownHookManager.get().addShutdownHook(hook, HOOK_PRIORITY);
      try {
        ExistingOutput existing = ExistingOutput.at(store, target, output);
        String notes = publication.scratch() + "/under-way";
        ExtractedRows extracted =
            JobSteps.take(job, "opening the input", () -> ExtractedRows.open(job, notes));
        totals.open(extracted.source());
        int longestName =
            store.renamesDirectories() ? PartitionFolders.LONGEST_FILE_NAME : Integer.MAX_VALUE;
        CheckedFolders folders =
            extracted.folders(
                extracted.schema().partitionColumns(output.partitionBy()), longestName);
        OutputRun run =
            new OutputRun(job, totals, publication, existing, extracted, folders, target, limit);
        return SparkFailures.explainingLost(
            () -> go(run, store), new SharedRowNotes(notes, job.hadoop())::explain);
      } finally {
        if (!ShutdownHookManager.get().isShutdownInProgress()) {
          // Else the hook is at work, and refusing to be removed would hide what happened.
          ShutdownHookManager.get().removeShutdownHook(hook);
        }
      }
    }
  }

  private static void requireDirectory(
      HadoopOutputStore store, String target, JobConfig.Output output) {
    if (store.isRoot(target)) {
      throw new OutputException(
          ("cannot write to %s: it is the root of a file system, and nothing can be "
                  + "beside it; name a directory in it")
              .formatted(output.path()));
    }
    if (store.filesBelow(target).equals(List.of(target))) {
      throw new OutputException(
          "cannot write to " + output.path() + ": it is a file; name a directory");
    }
  }

  private Manifest go(OutputRun run, HadoopOutputStore store) {
    run.requireSame(progress);
    OwnInput.refuse(job, run.extracted().source().rows(), run.target());
    run.existing().requireOwn(job.config().output());
    totals.look(run.extracted(), run.limit());
    return switch (job.config().output().mode()) {
      case ERROR, OVERWRITE -> whole(run);
      case APPEND -> append(run);
      case RESUME ->
          JobSteps.take(
                  job,
                  "looking for rows that are missing",
                  () -> ResumedRun.open(run, store, progress))
              .go();
    };
  }

  private Manifest append(OutputRun run) {
    if (!run.existing().isEmpty() && !job.config().output().key().isEmpty()) {
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
        JobSteps.take(job, JobSteps.extracting(run.extracted().schema()), () -> run.write(rows));
    totals.add(staged.reports(), List.of());
    run.demands().judgeRun(run.existing().rows().written() > 0, run.existing().replaced());
    List<WrittenFile> files =
        JobSteps.take(job, "merging small files", () -> run.merge().mergeSmall(staged.files()));
    totals.add(List.of(), files);
    return run.publish(
        files.stream().map(WrittenFile::path).collect(Collectors.toSet()),
        limit.isNone() /* nothing is missing */,
        run.existing().isEmpty() /* what is there goes */);
  }
}

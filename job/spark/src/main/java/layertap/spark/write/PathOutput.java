package layertap.spark.write;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import layertap.config.JobConfig;
import layertap.failure.OutputException;
import layertap.hadoop.HadoopOutputStore;
import layertap.publish.Publication;
import layertap.report.Manifest;
import layertap.report.ManifestWriter;
import layertap.report.TaskReport;
import layertap.report.WrittenFile;
import layertap.spark.failure.SparkFailures;
import layertap.spark.read.InputKeys;
import layertap.spark.run.ExtractedRows;
import layertap.spark.run.JobRun;
import layertap.spark.run.JobSteps;
import layertap.spark.run.RowLimit;
import layertap.spark.run.RunTotals;
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
        return SparkFailures.explainingLost(
            () -> new Run(publication, existing, extracted, target).go(limit),
            new SharedRowNotes(notes, job.hadoop())::explain);
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

  /** A run that holds the output. */
  private final class Run {
    private final Publication publication;
    private final ExistingOutput existing;
    private final ExtractedRows extracted;
    private final String target;
    private final JobConfig.Output output;
    private final List<String> partitionBy;
    private final Map<String, String> options;

    Run(Publication publication, ExistingOutput existing, ExtractedRows extracted, String target) {
      this.publication = publication;
      this.existing = existing;
      this.extracted = extracted;
      this.target = target;
      this.output = job.config().output();
      this.partitionBy = extracted.schema().partitionColumns(output.partitionBy());
      this.options = ParquetSettings.of(extracted.schema(), output.compression());
    }

    Manifest go(RowLimit limit) {
      existing.requireSame(
          job.description().fingerprint(),
          RunTotals.columns(extracted.schema()),
          partitionBy,
          output,
          job.runId());
      OwnInput.refuse(job, extracted.source().rows(), target);
      return switch (output.mode()) {
        case ERROR, OVERWRITE -> whole(limit);
        case APPEND -> append(limit);
        case RESUME -> resume(limit);
      };
    }

    private Manifest append(RowLimit limit) {
      if (!existing.isEmpty() && !output.key().isEmpty()) {
        JobSteps.run(job, "looking for keys that are there already", this::requireNewKeys);
      }
      return whole(limit);
    }

    private void requireNewKeys() {
      try (InputKeys keys = InputKeys.read(job.spark(), extracted.source(), output.key())) {
        keys.requireNoneOf(keys.ofFiles(target, existing.files(), partitionBy));
      }
    }

    /** All rows in one step. */
    private Manifest whole(RowLimit limit) {
      Dataset<Row> all = extracted.source().rows();
      Dataset<Row> rows = limit.rowsOf(all);
      StagedFiles staged =
          JobSteps.take(job, JobSteps.extracting(extracted.schema()), () -> write(rows));
      return publish(
          staged.reports(),
          JobSteps.take(job, "merging small files", () -> merge().mergeSmall(staged.files())),
          limit.isNone() /* nothing is missing */,
          existing.isEmpty() /* what is there goes */);
    }

    private StagedFiles write(Dataset<Row> rows) {
      return StagedFiles.write(
          extracted.of(rows), publication.directory(), job.runId(), partitionBy, options);
    }

    private FileMerge merge() {
      return new FileMerge(job.spark(), job.hadoop(), publication.directory());
    }

    private Manifest publish(
        List<TaskReport> reports, List<WrittenFile> files, boolean isComplete, boolean replaces) {
      totals.add(reports, files);
      Manifest manifest = totals.manifest(extracted.schema(), isComplete, existing.runs());
      publication.publish(
          files.stream().map(WrittenFile::path).collect(Collectors.toSet()),
          ManifestWriter.toJson(manifest),
          replaces);
      return manifest;
    }

    /** The rows whose keys are not there yet, chunk after chunk. */
    private Manifest resume(RowLimit limit) {
      MissingRows missing =
          JobSteps.take(job, "looking for rows that are missing", () -> missing(limit));
      int chunks = missing.chunkCount();
      if (chunks == 0 && existing.isEmpty()) {
        // Columns without rows, as the other modes write them.
        StagedFiles none = write(missing.rowsAnywhere(MissingRows.Chunk.EMPTY));
        return publish(none.reports(), none.files(), limit.isNone(), true /* nothing is there */);
      }
      if (chunks == 0 && existing.isComplete()) {
        progress.println("layertap: nothing is missing in " + output.path());
        return totals.manifest(extracted.schema(), true /* nothing is missing */, existing.runs());
      }
      Manifest manifest =
          chunks == 0
              ? publish(List.of(), List.of(), limit.isNone(), false /* nothing goes */)
              : null;
      for (int chunk = 0; chunk < chunks; chunk++) {
        boolean isLast = chunk == chunks - 1 && limit.isNone();
        int number = chunk;
        manifest =
            JobSteps.take(
                job,
                "%s, chunk %d of %d"
                    .formatted(JobSteps.extracting(extracted.schema()), chunk + 1, chunks),
                () -> publish(missing, missing.chunk(number), isLast));
        progress.println(
            String.format(
                Locale.ROOT,
                "layertap: published chunk %d of %d, %,d rows so far",
                chunk + 1,
                chunks,
                manifest.rows().written()));
      }
      return manifest;
    }

    private MissingRows missing(RowLimit limit) {
      try (InputKeys keys = InputKeys.read(job.spark(), extracted.source(), output.key())) {
        return MissingRows.of(
            job.spark(),
            extracted.source(),
            keys,
            keys.missing(keys.ofFiles(target, existing.files(), partitionBy)),
            publication.scratch(),
            output.chunkRows(),
            limit);
      }
    }

    private Manifest publish(MissingRows missing, MissingRows.Chunk chunk, boolean isLast) {
      StagedFiles staged = write(missing, chunk);
      return publish(
          staged.reports(), merge().mergeFolders(staged.files()), isLast, false /* nothing goes */);
    }

    private StagedFiles write(MissingRows missing, MissingRows.Chunk chunk) {
      StagedFiles staged = write(missing.rows(chunk));
      if (rowsRead(staged) < chunk.keys().size()) {
        staged = write(missing.rowsAnywhere(chunk));
      }
      if (rowsRead(staged) != chunk.keys().size()) {
        throw new UncheckedIOException(
            "cannot resume: a chunk has %s keys, but %s rows were read for them"
                .formatted(chunk.keys().size(), rowsRead(staged)),
            new IOException("the input changed while the job ran; start it again"));
      }
      return staged;
    }

    private static long rowsRead(StagedFiles staged) {
      return staged.reports().stream().mapToLong(report -> report.rows().read()).sum();
    }
  }
}

package layertap.spark.write;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import layertap.publish.OutputStore;
import layertap.report.Manifest;
import layertap.report.SkippedKeys;
import layertap.report.WrittenFile;
import layertap.spark.read.InputDescription;
import layertap.spark.read.InputKeys;
import layertap.spark.read.UnreadableRows;
import layertap.spark.run.JobSteps;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Adds the rows whose keys are not there yet, chunk after chunk. Rows that were skipped are among
 * them, each time: whoever mends one finds it in the output. That they are known serves the count
 * of invalid rows alone, which is of the whole output and judged at the end. Driver only.
 */
final class ResumedRun {
  private final OutputRun run;
  private final OutputStore store;
  private final PrintStream progress;
  private final String input;
  private final InputKeys keys;
  private final MissingRows missing;
  private final UnreadableRows.WithoutKey unreadable;
  private SkippedKeys skipped;
  private SkippedKeys publishedSkipped;
  private boolean isPublishedComplete;
  private Manifest published;

  private ResumedRun(
      OutputRun run,
      OutputStore store,
      PrintStream progress,
      InputKeys keys,
      MissingRows missing,
      UnreadableRows.WithoutKey unreadable,
      SkippedKeys stored,
      SkippedKeys skipped) {
    this.run = run;
    this.store = store;
    this.progress = progress;
    this.input = identity(run);
    this.keys = keys;
    this.missing = missing;
    this.unreadable = unreadable;
    this.skipped = skipped;
    this.publishedSkipped = stored;
    this.isPublishedComplete = run.existing().isComplete();
  }

  /** Looks for what is missing. */
  static ResumedRun open(OutputRun run, OutputStore store, PrintStream progress) {
    try (InputKeys keys = run.inputKeys()) {
      UnreadableRows.WithoutKey unreadable = keys.withoutKey();
      unreadable.requireSkipped(run.job().config().rows().onInvalid());
      Dataset<Row> there = run.existingKeys(keys);
      SkippedKeys stored =
          SkippedKeys.parse(
              store.read(run.target() + "/" + SkippedKeys.FILE).orElse(""), keys.fieldNames());
      MissingRows missing =
          MissingRows.of(
              run.job().spark(),
              run.extracted().source(),
              keys,
              keys.missing(there),
              run.publication().scratch(),
              run.output().chunkRows(),
              run.limit());
      SkippedKeys skipped = stored.isEmpty() ? stored : stillSkipped(stored, run, keys, there);
      return new ResumedRun(run, store, progress, keys, missing, unreadable, stored, skipped);
    }
  }

  private static String identity(OutputRun run) {
    return InputDescription.identity(run.job().config().input());
  }

  /** What was skipped, without what is in the output meanwhile, or no more in the input. */
  private static SkippedKeys stillSkipped(
      SkippedKeys stored, OutputRun run, InputKeys keys, Dataset<Row> there) {
    Set<Long> hashes = stored.hashes();
    return stored
        .without(keys.hashesAmong(there, hashes))
        .ofInput(identity(run), keys.hashesOfInput(hashes));
  }

  /** Extracts and publishes what is missing, a chunk at a time. */
  Manifest run() {
    run.demands().requireMin(run.existing().rows().written() + missing.count());
    run.totals().expect(missing.count());
    run.totals().add(List.of(unreadable.report()), List.of());
    int chunks = missing.chunkCount();
    for (int chunk = 0; chunk < chunks; chunk++) {
      int number = chunk;
      JobSteps.run(
          run.job(),
          "%s, chunk %s of %s"
              .formatted(JobSteps.extracting(run.extracted().schema()), chunk + 1, chunks),
          () -> extract(number, chunks));
    }
    if (chunks == 0) {
      judge();
    }
    return end();
  }

  private void extract(int number, int chunks) {
    StagedFiles staged = write(missing.chunk(number));
    run.totals().add(staged.reports(), List.of());
    noteSkipped(number, staged);
    boolean isLast = number == chunks - 1;
    if (isLast) {
      judge();
    }
    if (staged.reports().stream().allMatch(report -> report.rows().written() == 0)) {
      // Files without rows would be nothing but more files.
      return;
    }
    List<WrittenFile> files = run.merge().mergeFolders(staged.files());
    run.totals().add(List.of(), files);
    publish(files, isLast && run.limit().isNone());
    progress.println(
        String.format(
            Locale.ROOT,
            "layertap: published chunk %s of %s, %,d rows so far",
            number + 1,
            chunks,
            published.rows().written()));
  }

  private StagedFiles write(MissingRows.Chunk chunk) {
    StagedFiles staged = run.write(missing.rows(chunk));
    if (rowsRead(staged) < chunk.keys().size()) {
      staged = run.write(missing.rowsAnywhere(chunk));
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

  /** What was tried is skipped from now on if it was not written. */
  private void noteSkipped(int number, StagedFiles staged) {
    boolean isSomeSkipped =
        staged.reports().stream().anyMatch(report -> report.rows().skipped() > 0);
    if (!isSomeSkipped && skipped.isEmpty()) {
      return;
    }
    Set<Long> tried = keys.hashes(missing.keys(number));
    Set<Long> notWritten = new HashSet<>(tried);
    String directory = run.publication().directory();
    String[] files =
        staged.files().stream().map(file -> directory + "/" + file.path()).toArray(String[]::new);
    notWritten.removeAll(
        keys.hashes(
            ExistingOutput.keys(
                run.job().spark(), keys.fields(), directory, files, run.partitionBy())));
    skipped = skipped.after(input, tried, notWritten);
  }

  private void judge() {
    run.demands().judgeOutput(run.existing().rows(), skipped.count() + unreadable.count());
  }

  private void publish(List<WrittenFile> files, boolean isComplete) {
    Set<String> names = files.stream().map(WrittenFile::path).collect(Collectors.toSet());
    if (!skipped.isEmpty() || !publishedSkipped.isEmpty()) {
      store.write(run.publication().directory() + "/" + SkippedKeys.FILE, skipped.toJson());
      names.add(SkippedKeys.FILE);
    }
    published = run.publish(names, isComplete, false /* nothing goes */);
    publishedSkipped = skipped;
    isPublishedComplete = isComplete;
  }

  /** Publishes what is not published yet: that nothing is missing, or what was skipped. */
  private Manifest end() {
    boolean isAll = run.limit().isNone();
    if (run.existing().isEmpty() && published == null) {
      // Columns without rows, as the other modes write them.
      StagedFiles none = run.write(missing.rowsAnywhere(MissingRows.Chunk.EMPTY));
      run.totals().add(none.reports(), none.files());
      publish(none.files(), isAll);
    } else if (!skipped.equals(publishedSkipped) || (isAll && !isPublishedComplete)) {
      publish(List.of(), isAll);
    } else if (published == null && isAll) {
      long invalid = run.totals().rows().skipped();
      String but =
          invalid == 0
              ? ""
              : String.format(Locale.ROOT, " but %,d rows that are still invalid", invalid);
      progress.println("layertap: nothing is missing in " + run.output().path() + but);
    }
    return published == null
        ? run.totals().manifest(run.extracted().schema(), isAll, run.existing().runs())
        : published;
  }
}

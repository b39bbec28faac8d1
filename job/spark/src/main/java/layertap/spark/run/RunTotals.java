package layertap.spark.run;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import layertap.failure.FirstLine;
import layertap.plan.PlanDescription;
import layertap.report.FirstRows;
import layertap.report.Manifest;
import layertap.report.Progress;
import layertap.report.PublishedRun;
import layertap.report.RowCounts;
import layertap.report.TaskReport;
import layertap.report.TaskTimes;
import layertap.report.WrittenFile;
import layertap.spark.probe.FirstRowsProbe;
import layertap.spark.read.InputDescription;
import layertap.spark.read.LeftOutFiles;
import layertap.spark.read.RowSource;
import layertap.spark.schema.OutputSchema;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;

/** What a run did so far, from the tasks that Spark accepted. Driver only. */
public final class RunTotals implements AutoCloseable {
  private static final int MAX_SAMPLES = 20;

  /** The look began before all other tasks. */
  private static final Duration PATIENCE_WITH_FIRST_ROWS = Duration.ofSeconds(30);

  private final JobRun run;
  private final PrintStream log;
  private final LongConsumer expected;
  private final long started = System.nanoTime();
  private final List<String> samples = new ArrayList<>();
  private final List<WrittenFile> files = new ArrayList<>();
  private RowCounts rows = RowCounts.NONE;
  private int sessionOpens;
  private long batches;
  private final SortedSet<Integer> foundSizes = new TreeSet<>();
  private TaskTimes times = TaskTimes.NONE;
  private CompletableFuture<LeftOutFiles> looking =
      CompletableFuture.completedFuture(LeftOutFiles.NONE);
  private LeftOutFiles leftOut;
  private FirstRowsProbe firstRows = FirstRowsProbe.none();
  private boolean isExpected;

  /**
   * Starts the clock.
   *
   * @param log where files that are left out are told
   * @param expected is told how many rows there are to read, once that is known
   */
  public RunTotals(JobRun run, PrintStream log, LongConsumer expected) {
    this.run = run;
    this.log = log;
    this.expected = expected;
  }

  /**
   * Says where rows come from.
   *
   * @param limit of those that are read
   */
  public void open(RowSource.Source source, RowLimit limit) {
    source
        .rowCount()
        .get()
        .thenAccept(
            count -> {
              if (count != Progress.UNKNOWN) {
                expectUnlessKnown(limit.countOf(count));
              }
            });
    looking = source.leftOut().get();
  }

  /** Says how many rows there are to read, whatever was said before or comes out later. */
  public synchronized void expect(long count) {
    isExpected = true;
    expected.accept(count);
  }

  /**
   * Starts to look at the first rows that will be read, for what is told of them in log and
   * manifest.
   */
  public void look(ExtractedRows extracted, RowLimit limit) {
    firstRows =
        JobSteps.call(
                run,
                "looking at the first rows",
                () ->
                    JobSteps.reading(
                        run,
                        () ->
                            FirstRowsProbe.start(
                                run.spark(),
                                run.config(),
                                run.hadoop(),
                                run.planned().preprocessing().firstRows(),
                                extracted.source(),
                                (int) limit.countOf(run.config().run().firstRows()))))
            .tellTo(log);
  }

  /** Nothing is told any more of the first rows. */
  @Override
  public void close() {
    firstRows.close();
  }

  private synchronized void expectUnlessKnown(long count) {
    if (!isExpected) {
      expect(count);
    }
  }

  private LeftOutFiles leftOut() {
    if (leftOut == null) {
      try {
        leftOut = looking.join();
      } catch (CompletionException e) {
        log.println("layertap: warning: cannot tell which files are left out: " + FirstLine.of(e));
        leftOut = LeftOutFiles.NONE;
      }
      if (leftOut.count() > 0) {
        log.println(leftOut.line());
      }
    }
    return leftOut;
  }

  /** Adds what is about to be published. */
  public void add(List<TaskReport> reports, List<WrittenFile> written) {
    // Before anything is refused: it may be why rows are missing.
    leftOut();
    for (TaskReport report : reports) {
      rows = rows.plus(report.rows());
      sessionOpens += report.sessionOpens();
      batches += report.batches();
      if (report.batchSize() > 0) {
        foundSizes.add(report.batchSize());
      }
      times = times.plus(report.times());
      report.samples().stream().limit(MAX_SAMPLES - samples.size()).forEach(samples::add);
    }
    files.addAll(written);
    if (!rows.addsUp()) {
      throw new IllegalStateException(
          "cannot publish: %s rows were read, but %s written and %s skipped"
              .formatted(rows.read(), rows.written(), rows.skipped()));
    }
  }

  public RowCounts rows() {
    return rows;
  }

  /** What was wrong with some invalid rows. */
  public List<String> samples() {
    return List.copyOf(samples);
  }

  /**
   * The manifest of the output as it is once what was added is published.
   *
   * @param isComplete whether nothing of the input is missing any more
   * @param earlier runs whose files stay
   */
  public Manifest manifest(OutputSchema schema, boolean isComplete, List<PublishedRun> earlier) {
    PlanDescription description = run.description();
    SparkSession spark = run.spark();
    return new Manifest(
        run.runId(),
        Instant.now(),
        description.model(),
        InputDescription.of(run.config().input(), leftOut(), spark),
        description.fingerprint().text(),
        withRanges(description.feeds()),
        description.features(),
        description.versions(spark.version()),
        rows,
        sessionOpens,
        batches,
        batchSizes(),
        times,
        (System.nanoTime() - started) / 1e9,
        Math.max(1, TaskCores.most(spark.sparkContext())),
        samples,
        columns(schema),
        schema.partitionColumns(run.config().output().partitionBy()),
        isComplete,
        files,
        earlier);
  }

  /** The plan's, unless tasks found others to be the fastest. */
  private List<Integer> batchSizes() {
    return foundSizes.isEmpty()
        ? List.of(run.planned().plan().batchSize())
        : List.copyOf(foundSizes);
  }

  /** What tasks found to be the fastest, in words; empty if they had too few rows to find out. */
  public Optional<String> foundBatchSizes() {
    return foundSizes.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "layertap: ran in batches of %s, the fastest size on %s (run.batch-size = auto)"
                .formatted(
                    foundSizes.stream().map(String::valueOf).collect(Collectors.joining(" and ")),
                    foundSizes.size() == 1 ? "all executors" : "one executor or another"));
  }

  private List<Map<String, Object>> withRanges(List<Map<String, Object>> feeds) {
    FirstRows found = firstRows.foundWithin(PATIENCE_WITH_FIRST_ROWS);
    return feeds.stream()
        .map(
            feed -> {
              Map<String, Object> ranged = new LinkedHashMap<>(feed);
              found
                  .range(String.valueOf(feed.get("target")))
                  .ifPresent(range -> ranged.put("first-rows", range.toJson(found.rows())));
              return ranged;
            })
        .toList();
  }

  /** The columns of an output, each with its type, as they are compared by later runs. */
  public static List<String> columns(OutputSchema schema) {
    return Arrays.stream(schema.toStructType().fields()).map(RunTotals::text).toList();
  }

  private static String text(StructField field) {
    return field.name() + " " + field.dataType().simpleString();
  }
}

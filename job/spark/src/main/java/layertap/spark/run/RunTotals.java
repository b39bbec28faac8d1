package layertap.spark.run;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import layertap.failure.OutputException;
import layertap.plan.PlanDescription;
import layertap.report.Manifest;
import layertap.report.PublishedRun;
import layertap.report.RowCounts;
import layertap.report.TaskReport;
import layertap.report.TaskTimes;
import layertap.report.WrittenFile;
import layertap.spark.read.InputDescription;
import layertap.spark.schema.OutputSchema;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;

/** What a run did so far, from the tasks that Spark accepted. Driver only. */
public final class RunTotals {
  private static final int MAX_SAMPLES = 20;

  private final JobRun run;
  private final long started = System.nanoTime();
  private final List<String> samples = new ArrayList<>();
  private final List<WrittenFile> files = new ArrayList<>();
  private RowCounts rows = RowCounts.NONE;
  private int sessionOpens;
  private long batches;
  private TaskTimes times = TaskTimes.NONE;

  public RunTotals(JobRun run) {
    this.run = run;
  }

  /**
   * Adds what is about to be published.
   *
   * @throws OutputException if too many rows are invalid
   */
  public void add(List<TaskReport> reports, List<WrittenFile> written) {
    for (TaskReport report : reports) {
      rows = rows.plus(report.rows());
      sessionOpens += report.sessionOpens();
      batches += report.batches();
      times = times.plus(report.times());
      report.samples().stream().limit(MAX_SAMPLES - samples.size()).forEach(samples::add);
    }
    files.addAll(written);
    check();
  }

  private void check() {
    if (!rows.addsUp()) {
      throw new IllegalStateException(
          "cannot publish: %s rows were read, but %s written and %s skipped"
              .formatted(rows.read(), rows.written(), rows.skipped()));
    }
    double fraction = rows.read() == 0 ? 0 : (double) rows.invalid() / rows.read();
    if (fraction > run.config().rows().maxInvalid()) {
      throw new OutputException(
          ("cannot publish: %s of %s rows are invalid, more than rows.max-invalid = %s; "
                  + "correct the input or raise the limit")
              .formatted(rows.invalid(), rows.read(), run.config().rows().maxInvalid()));
    }
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
        InputDescription.of(run.config().input(), spark),
        description.fingerprint().text(),
        description.feeds(),
        description.features(),
        description.versions(spark.version()),
        rows,
        sessionOpens,
        batches,
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

  /** The columns of an output, each with its type, as they are compared by later runs. */
  public static List<String> columns(OutputSchema schema) {
    return Arrays.stream(schema.toStructType().fields()).map(RunTotals::text).toList();
  }

  private static String text(StructField field) {
    return field.name() + " " + field.dataType().simpleString();
  }
}

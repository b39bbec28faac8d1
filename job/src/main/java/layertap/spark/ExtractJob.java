package layertap.spark;

import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import layertap.config.JobConfig;
import layertap.config.JobConfig.Mode;
import layertap.config.JobConfig.OnInvalid;
import layertap.input.FeedBinding;
import layertap.model.ModelException;
import layertap.publish.OutputException;
import layertap.publish.StagedOutput;
import layertap.report.Manifest;
import layertap.report.ManifestWriter;
import layertap.report.RowCounts;
import layertap.report.TaskReport;
import layertap.report.WrittenFile;
import layertap.spark.ExtractorSource.CheckedPlan;
import layertap.spark.ListedFilesCommitProtocol.Commit;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/** Runs a plan: maps the rows, writes beside the target, publishes. Driver only. */
final class ExtractJob {
  private static final String PROTOCOL_KEY = "spark.sql.sources.commitProtocolClass";

  private final SparkSession spark;
  private final JobConfig config;
  private final PlanBuilder.Planned planned;
  private final PrintStream progress;
  private final String runId = UUID.randomUUID().toString().substring(0, 8);
  private final long started = System.nanoTime();

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
   * @param limit at most so many rows are read; negative for all
   * @return what the run did, as published
   * @throws ModelException if model, input and configuration do not fit together
   * @throws OutputException if the output cannot be written as asked
   */
  Manifest run(long limit) {
    requireWhatIsThere(config.output());
    Configuration hadoop = spark.sessionState().newHadoopConf();
    HadoopOutputStore store = HadoopOutputStore.of(config.output().path(), hadoop);
    String target = store.qualify(config.output().path());
    StagedOutput staged = new StagedOutput(store, target, runId);
    staged.recover();
    if (config.output().mode() == Mode.ERROR && store.exists(target)) {
      throw new OutputException(
          "cannot write to "
              + config.output().path()
              + ": it is there already; set output.mode to overwrite, or another output.path");
    }
    int threadsPerTask = spark.sparkContext().conf().getInt("spark.task.cpus", 1);
    planned.warnings().forEach(warning -> progress.println("layertap: warning: " + warning));
    try {
      List<Commit> commits = write(staged.directory(), limit, threadsPerTask, hadoop);
      Manifest manifest = manifest(commits);
      check(manifest.rows());
      Set<String> listed = new HashSet<>();
      manifest.files().forEach(file -> listed.add(file.path()));
      staged.publish(listed, ManifestWriter.toJson(manifest));
      return manifest;
    } catch (Throwable e) {
      // Whatever it is: Spark, in Scala, throws checked exceptions without declaring them.
      discard(staged, e);
      throw e;
    } finally {
      ExtractorCache.close(runId);
    }
  }

  private static void requireWhatIsThere(JobConfig.Output output) {
    if (output.path().isEmpty()) {
      throw new OutputException(
          "cannot write to the table "
              + output.table()
              + ": this version writes to paths only; set output.path");
    }
    if (output.mode() == Mode.APPEND || output.mode() == Mode.RESUME) {
      throw new OutputException(
          "cannot write in the mode "
              + output.mode().name().toLowerCase(Locale.ROOT)
              + ": this version does not have it; set output.mode to error or overwrite");
    }
  }

  private static void discard(StagedOutput staged, Throwable failure) {
    try {
      staged.discard();
    } catch (RuntimeException e) {
      // The storage may be what failed; the next run cleans up.
      failure.addSuppressed(e);
    }
  }

  private List<Commit> write(
      String directory, long limit, int threadsPerTask, Configuration hadoop) {
    List<String> key = config.output().key();
    RowSource.Source source =
        new RowSource(spark, config.input())
            .open(planned.plan().feeds().stream().map(FeedBinding::column).toList(), key);
    boolean keepsInvalid = config.rows().onInvalid() == OnInvalid.KEEP;
    OutputSchema schema =
        new OutputSchema(source.kept(), FeatureColumn.of(planned.plan().features()), keepsInvalid);
    List<String> partitions = schema.partitionColumns(config.output().partitionBy());
    Broadcast<byte[]> plan =
        spark
            .sparkContext()
            .broadcast(
                new CheckedPlan(planned.plan(), planned.checked()).toBytes(),
                scala.reflect.ClassTag$.MODULE$.apply(byte[].class));
    LongAccumulator rowsRead = spark.sparkContext().longAccumulator(ProgressListener.ROWS_READ);
    List<String> kept =
        Arrays.asList(schema.toStructType().fieldNames()).subList(0, source.kept().size());
    ExtractPartition function =
        new ExtractPartition(
            new ExtractorSource(
                runId,
                config.model().path(),
                planned.fingerprint(),
                plan,
                SerializableConfiguration.broadcast(spark.sparkContext(), hadoop),
                threadsPerTask),
            schema,
            source.feedPositions(),
            source.positions(kept),
            source.positions(key.isEmpty() ? kept : key),
            config.rows().onInvalid(),
            rowsRead);
    Dataset<Row> rows = limit < 0 ? source.rows() : source.rows().limit((int) limit);
    Dataset<Row> extracted = rows.mapPartitions(function, Encoders.row(schema.toStructType()));
    ProgressListener listener = new ProgressListener(progress);
    spark.sparkContext().addSparkListener(listener);
    try {
      spark.conf().set(PROTOCOL_KEY, ListedFilesCommitProtocol.class.getName());
      withMetadata(extracted, schema.metadata(planned.fingerprint()))
          .write()
          .option("compression", config.output().compression().name().toLowerCase(Locale.ROOT))
          .partitionBy(partitions.toArray(String[]::new))
          .parquet(directory);
    } finally {
      spark.conf().unset(PROTOCOL_KEY);
      spark.sparkContext().removeSparkListener(listener);
      plan.destroy();
    }
    return ListedFilesCommitProtocol.takeCommits(directory);
  }

  private static Dataset<Row> withMetadata(Dataset<Row> rows, Map<String, Metadata> metadata) {
    Column[] columns =
        Arrays.stream(rows.columns())
            .map(
                name ->
                    rows.col("`" + name + "`")
                        .as(name, metadata.getOrDefault(name, Metadata.empty())))
            .toArray(Column[]::new);
    return rows.select(columns);
  }

  private void check(RowCounts rows) {
    if (!rows.addsUp()) {
      throw new IllegalStateException(
          "cannot publish: "
              + rows.read()
              + " rows were read, but "
              + rows.written()
              + " written and "
              + rows.skipped()
              + " skipped");
    }
    double fraction = rows.read() == 0 ? 0 : (double) rows.invalid() / rows.read();
    if (fraction > config.rows().maxInvalid()) {
      throw new OutputException(
          "cannot publish: "
              + rows.invalid()
              + " of "
              + rows.read()
              + " rows are invalid, more than rows.max-invalid = "
              + config.rows().maxInvalid()
              + "; correct the input or raise the limit");
    }
  }

  private Manifest manifest(List<Commit> commits) {
    RowCounts rows = RowCounts.NONE;
    int opens = 0;
    long convertNanos = 0;
    long inferenceNanos = 0;
    List<String> samples = new ArrayList<>();
    List<WrittenFile> files = new ArrayList<>();
    for (Commit commit : commits) {
      TaskReport report = commit.report();
      rows = rows.plus(report.rows());
      opens += report.sessionOpens();
      convertNanos += report.convertNanos();
      inferenceNanos += report.inferenceNanos();
      samples.addAll(report.samples());
      files.addAll(commit.files());
    }
    PlanDescription description = new PlanDescription(config, planned);
    return new Manifest(
        runId,
        Instant.now(),
        description.model(),
        description.fingerprint(),
        description.feeds(),
        description.features(),
        description.versions(spark.version()),
        rows,
        opens,
        convertNanos / 1e9,
        inferenceNanos / 1e9,
        (System.nanoTime() - started) / 1e9,
        Math.max(1, spark.sparkContext().defaultParallelism()),
        samples.stream().limit(20).toList(),
        files);
  }
}

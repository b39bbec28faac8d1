package layertap.spark.run;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.config.JobConfig;
import layertap.config.JobConfig.OnInvalid;
import layertap.failure.UserException;
import layertap.input.feed.PlannedFeed;
import layertap.plan.PlanBuilder;
import layertap.spark.read.FeedColumn;
import layertap.spark.read.RowSource;
import layertap.spark.schema.FeatureColumn;
import layertap.spark.schema.OutputSchema;
import layertap.spark.schema.PartitionFolders;
import layertap.spark.schema.StoredFeature;
import layertap.spark.task.BatchWatch;
import layertap.spark.task.CheckedFolders;
import layertap.spark.task.ExtractPartition;
import layertap.spark.task.ExtractorSource;
import layertap.spark.task.ExtractorSource.CheckedPlan;
import layertap.spark.task.LiveCounts;
import layertap.spark.task.ReportedPartition;
import layertap.spark.task.TaskReportAccumulator;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;

/**
 * A plan applied to an input: the rows that go in, and a function that gives those that come out.
 * Spark drops what it sent to executors once nobody refers to the rows any more. Driver only.
 */
public final class ExtractedRows {
  private final JobRun run;
  private final RowSource.Source source;
  private final OutputSchema schema;
  private final ExtractPartition function;

  private ExtractedRows(
      JobRun run, RowSource.Source source, OutputSchema schema, ExtractPartition function) {
    this.run = run;
    this.source = source;
    this.schema = schema;
    this.function = function;
  }

  /**
   * Opens the input and hands the plan to the executors; reads no rows.
   *
   * @throws UserException if model, input and configuration do not fit together
   */
  public static ExtractedRows open(JobRun run) {
    return open(run, "");
  }

  /**
   * The same.
   *
   * @param notesFolder to which tasks may write what they are busy with; empty for none
   */
  public static ExtractedRows open(JobRun run, String notesFolder) {
    SparkSession spark = run.spark();
    JobConfig config = run.config();
    PlanBuilder.Planned planned = run.planned();
    List<String> key = config.output().key();
    RowSource.Source source =
        new RowSource(spark, config.input())
            .open(
                planned.plan().feeds().stream().flatMap(feed -> feed.columns().stream()).toList(),
                key);
    FedColumnTypes.require(planned.plan().feeds(), source.fedTypes());
    requireOwnFeatures(planned, source);
    boolean keepsInvalid = config.rows().onInvalid() == OnInvalid.KEEP;
    OutputSchema schema =
        new OutputSchema(source.kept(), FeatureColumn.of(planned.plan().features()), keepsInvalid);
    List<String> kept =
        Arrays.asList(schema.toStructType().fieldNames()).subList(0, source.kept().size());
    ExtractPartition function =
        new ExtractPartition(
            ExtractorSource.of(
                spark.sparkContext(),
                run.runId(),
                config.model().path(),
                planned.fingerprint(),
                new CheckedPlan(planned.plan(), planned.checked()),
                run.hadoop()),
            schema,
            source.feeds(),
            source.positions(kept),
            source.positions(key.isEmpty() ? kept : key),
            config.rows().onInvalid(),
            new BatchWatch(config.run().batchSeconds(), run.outputName(), notesFolder),
            LiveCounts.register(spark.sparkContext()));
    return new ExtractedRows(run, source, schema, function);
  }

  /** What goes into the middle of a model must be what this very model computed before. */
  private static void requireOwnFeatures(PlanBuilder.Planned planned, RowSource.Source source) {
    StructField[] fields = source.rows().schema().fields();
    Iterator<FeedColumn> columns = source.feeds().iterator();
    for (PlannedFeed feed : planned.plan().feeds()) {
      for (String column : feed.columns()) {
        Optional<StoredFeature> feature = StoredFeature.of(fields[columns.next().position()]);
        if (feed.isInner()
            && feature.isPresent()
            && !feature.get().fingerprint().equals(planned.fingerprint())) {
          throw ofAnotherModel(column, feed, feature.get(), planned);
        }
      }
    }
  }

  private static UserException ofAnotherModel(
      String column, PlannedFeed feed, StoredFeature feature, PlanBuilder.Planned planned) {
    return new UserException(
        ("cannot feed '%s' into %s: another model computed it (%s, not %s); extract "
                + "it again from this model")
            .formatted(column, feed.target().text(), feature.fingerprint(), planned.fingerprint()));
  }

  public RowSource.Source source() {
    return source;
  }

  public OutputSchema schema() {
    return schema;
  }

  /**
   * A check of the folders that rows go to.
   *
   * @param partitionBy columns by whose values an output is split
   * @param longestName of a folder, in bytes
   * @throws UserException if values of a column's type cannot be told apart by names of folders
   */
  public CheckedFolders folders(List<String> partitionBy, int longestName) {
    String zone = run.spark().sessionState().conf().sessionLocalTimeZone();
    return CheckedFolders.of(
        function,
        PartitionFolders.of(schema.toStructType(), partitionBy, zone, longestName),
        run.spark().sparkContext());
  }

  /** Maps rows of the source; what tasks did goes with the files that they commit. */
  public Dataset<Row> of(Dataset<Row> rows, CheckedFolders folders) {
    return map(rows, folders.folders().columns().isEmpty() ? function : folders);
  }

  /** Maps rows of the source; what tasks did goes to the accumulator. */
  public Dataset<Row> of(Dataset<Row> rows, TaskReportAccumulator reports) {
    return map(rows, new ReportedPartition(function, reports));
  }

  private Dataset<Row> map(Dataset<Row> rows, MapPartitionsFunction<Row, Row> mapping) {
    Dataset<Row> mapped = rows.mapPartitions(mapping, Encoders.row(schema.toStructType()));
    Map<String, Metadata> metadata = schema.metadata(run.planned().fingerprint());
    Column[] columns =
        Arrays.stream(mapped.columns())
            .map(
                name ->
                    mapped
                        .col(RowSource.quoted(name))
                        .as(name, metadata.getOrDefault(name, Metadata.empty())))
            .toArray(Column[]::new);
    return mapped.select(columns);
  }
}

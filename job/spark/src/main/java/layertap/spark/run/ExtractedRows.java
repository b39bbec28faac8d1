package layertap.spark.run;

import java.util.List;
import layertap.config.JobConfig;
import layertap.plan.PlanBuilder;
import layertap.spark.read.RowSource;
import layertap.spark.read.UnreadableRows;
import layertap.spark.schema.Entrance;
import layertap.spark.schema.ExactRows;
import layertap.spark.schema.OutputSchema;
import layertap.spark.schema.PartitionFolders;
import layertap.spark.task.BatchWatch;
import layertap.spark.task.CheckedFolders;
import layertap.spark.task.ExtractPartition;
import layertap.spark.task.ExtractorSource;
import layertap.spark.task.ExtractorSource.CheckedPlan;
import layertap.spark.task.LiveCounts;
import layertap.spark.task.ReportedPartition;
import layertap.spark.task.TaskReportAccumulator;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

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
   * Hands the plan to the executors; reads no rows.
   *
   * @param input of the run
   */
  public static ExtractedRows open(JobRun run, ResolvedInput input) {
    return open(run, input, "");
  }

  /**
   * The same.
   *
   * @param notesFolder to which tasks may write what they are busy with; empty for none
   */
  public static ExtractedRows open(JobRun run, ResolvedInput input, String notesFolder) {
    SparkSession spark = run.spark();
    JobConfig config = run.config();
    PlanBuilder.Planned planned = run.planned();
    List<String> key = config.output().key();
    RowSource.Source source = input.source();
    List<String> kept = input.keptNames();
    ExtractorSource extractor =
        ExtractorSource.of(
            spark.sparkContext(),
            run.runId(),
            config.model().path(),
            planned.fingerprint(),
            new CheckedPlan(planned.plan(), planned.checked()),
            run.hadoop(),
            config.run().modelCacheMegabytes());
    if (spark.sparkContext().isLocal()) {
      // Spark plans its query meanwhile.
      extractor.openAhead();
    }
    ExtractPartition function =
        new ExtractPartition(
            extractor,
            input.schema(),
            source.feeds(),
            UnreadableRows.of(source),
            source.positions(kept),
            source.positions(key.isEmpty() ? kept : key),
            config.rows().onInvalid(),
            Entrance.of(
                RowSource.imageFiles(config.input(), source) > 0,
                config.input(),
                spark.sessionState().conf().columnNameOfCorruptRecord(),
                input.schema().kept()),
            new BatchWatch(config.run().batchSeconds(), run.outputName(), notesFolder),
            LiveCounts.register(spark.sparkContext()));
    return new ExtractedRows(run, source, input.schema(), function);
  }

  public RowSource.Source source() {
    return source;
  }

  /** How many image files the source is; 0 if it is none. */
  public long imageFiles() {
    return RowSource.imageFiles(run.config().input(), source);
  }

  public OutputSchema schema() {
    return schema;
  }

  /** A check of the values by which rows go to folders. */
  public CheckedFolders checking(PartitionFolders folders) {
    return CheckedFolders.of(function, folders, run.spark().sparkContext());
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
    StructType type = schema.toStructType();
    StructType given = ExactRows.given(type, source.rows().schema(), source.kept().size());
    Dataset<Row> mapped =
        ExactRows.of(rows).mapPartitions(mapping, ExactRows.encoder(run.spark(), given));
    return ExactRows.restored(mapped, type, schema.metadata(run.planned().fingerprint()));
  }
}

package layertap.spark.write;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import layertap.config.JobConfig;
import layertap.config.JobConfig.Mode;
import layertap.failure.OutputException;
import layertap.failure.UserException;
import layertap.plan.PlanFingerprint;
import layertap.report.FingerprintRule;
import layertap.report.Manifest;
import layertap.spark.read.InputKeys;
import layertap.spark.run.CheckedJob;
import layertap.spark.run.ExtractedRows;
import layertap.spark.run.JobRun;
import layertap.spark.run.JobSteps;
import layertap.spark.run.PlanLines;
import layertap.spark.run.ResolvedInput;
import layertap.spark.run.RowDemands;
import layertap.spark.run.RowLimit;
import layertap.spark.run.RunTotals;
import layertap.spark.schema.OutputSchema;
import layertap.spark.schema.SqlNames;
import layertap.spark.schema.TableColumns;
import layertap.spark.task.TaskReportAccumulator;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.CreateTableWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.TableAlreadyExistsException;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * Adds features to a table of Spark's catalogs; the catalog's commit makes them visible, all at
 * once. The plan's fingerprint is a property of the table. Driver only.
 */
public record TableOutput(JobRun job, RunTotals totals, PrintStream log) {
  private static final String CATALOG_KIND = "spark.sql.catalogImplementation";

  private static final String PLAN_PROPERTY = "layertap.plan";

  /** By which rule the fingerprint was computed; tables of earlier versions have none. */
  private static final String RULE_PROPERTY = "layertap.plan-rule";

  /**
   * Judges the run; reads no rows, changes nothing.
   *
   * @throws UserException if model, input and configuration do not fit together
   * @throws OutputException if the table cannot be written as asked
   */
  public CheckedJob check() {
    JobConfig.Output output = job.config().output();
    TableColumns columns = new TableColumns(job.spark(), output.table());
    columns.requireName();
    boolean isThere = job.spark().catalog().tableExists(output.table());
    if (isThere && output.mode() == Mode.ERROR) {
      throw new OutputException(
          ("cannot make the table %s: it is there already; set output.mode to append, "
                  + "or another output.table")
              .formatted(output.table()));
    }
    if (isThere) {
      requireSamePlan(job.description().fingerprint());
    }
    ResolvedInput input = JobSteps.call(job, "opening the input", () -> ResolvedInput.of(job, log));
    input.schema().partitionColumns(output.partitionBy());
    if (!isThere) {
      columns.requireCreatable(input.schema().toStructType());
      columns.newFolder().ifPresent(this::requireEmpty);
      requireKeys(input);
      return new CheckedJob(input, "the table %s: new".formatted(output.table()));
    }
    OwnInput.refuseTable(job, input.source().rows());
    columns.inOrder(input.schema().toStructType());
    requireKeys(input);
    return new CheckedJob(input, "the table %s: adds to it".formatted(output.table()));
  }

  private void requireKeys(ResolvedInput input) {
    List<String> key = job.config().output().key();
    if (!key.isEmpty()) {
      InputKeys.require(input.source(), key);
    }
  }

  /**
   * Spark would refuse the folder when all rows are computed. One is left by a session whose
   * catalog was in memory, for one.
   */
  private void requireEmpty(URI location) {
    try {
      Path folder = new Path(location);
      FileSystem files = folder.getFileSystem(job.hadoop());
      if (files.exists(folder) && files.listStatus(folder).length > 0) {
        boolean isInMemory = "in-memory".equals(job.spark().conf().get(CATALOG_KIND));
        throw new OutputException(
            "cannot make the table %s: its folder %s is not empty, and the catalog knows no table there%s"
                .formatted(
                    table(),
                    folder,
                    isInMemory
                        ? ": it is in memory and forgets tables when a session ends; write to"
                            + " output.path, or start Spark with spark.sql.catalogImplementation ="
                            + " hive, or move the folder away"
                        : "; move it away, or name another output.table"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look at the folder " + location, e);
    }
  }

  /** Writes to the table. */
  public Manifest run(RowLimit limit) {
    SparkSession spark = job.spark();
    JobConfig.Output output = job.config().output();
    CheckedJob checked = check();
    boolean isThere = spark.catalog().tableExists(output.table());
    totals.open(checked.input().source(), limit);
    PlanLines.of(job, checked).forEach(log::println);
    ExtractedRows extracted = ExtractedRows.open(job, checked.input());
    String plan = job.description().fingerprint().text();
    if (isThere && !output.key().isEmpty()) {
      JobSteps.run(job, "looking for keys that are there already", () -> requireNewKeys(extracted));
    }
    totals.look(extracted, limit);
    TaskReportAccumulator reports = new TaskReportAccumulator();
    spark.sparkContext().register(reports);
    Dataset<Row> all = extracted.source().rows();
    Dataset<Row> rows = extracted.of(limit.rowsOf(all), reports);
    // Rows are counted before the commit, and none is computed twice.
    Dataset<Row> counted =
        JobSteps.call(
            job,
            JobSteps.extracting(extracted.schema()),
            () ->
                JobSteps.whileExtracting(
                    job,
                    extracted.imageFiles(),
                    () -> rows.localCheckpoint(true, StorageLevel.DISK_ONLY())));
    totals.add(reports.value(), List.of());
    boolean hasOtherRows = isThere && !spark.table(output.table()).isEmpty();
    new RowDemands(job.config(), limit, extracted.source(), totals)
        .judgeRun(hasOtherRows, "" /* no row goes */);
    JobSteps.run(
        job, "writing to the table", () -> write(counted, extracted.schema(), plan, isThere));
    return totals.manifest(extracted.schema(), limit.isNone() /* nothing is missing */, List.of());
  }

  private String table() {
    return job.config().output().table();
  }

  private void requireSamePlan(PlanFingerprint plan) {
    Map<String, String> properties = new HashMap<>();
    job.spark()
        .sql("SHOW TBLPROPERTIES " + table())
        .collectAsList()
        .forEach(row -> properties.put(row.getString(0), row.getString(1)));
    String there = properties.get(PLAN_PROPERTY);
    if (there != null) {
      new SamePlan(plan, "the table " + table(), log)
          .difference(there, rule(properties), "" /* properties hold no more */)
          .ifPresent(
              difference -> {
                throw new OutputException(
                    "cannot add to the table %s: %s; write to another output.table"
                        .formatted(table(), difference));
              });
    }
  }

  /** Tables of earlier versions, and of others, get the fingerprint by the current rule. */
  private void notePlan(String plan) {
    job.spark()
        .sql(
            "ALTER TABLE %s SET TBLPROPERTIES ('%s' = '%s', '%s' = '%s')"
                .formatted(table(), PLAN_PROPERTY, plan, RULE_PROPERTY, FingerprintRule.CURRENT));
  }

  private int rule(Map<String, String> properties) {
    String rule = properties.getOrDefault(RULE_PROPERTY, String.valueOf(FingerprintRule.FIRST));
    if (!rule.matches("\\d{1,6}")) {
      throw new OutputException(
          "cannot add to the table %s: its property %s is '%s', not a number; write to another output.table"
              .formatted(table(), RULE_PROPERTY, rule));
    }
    return Integer.parseInt(rule);
  }

  private void requireNewKeys(ExtractedRows extracted) {
    try (InputKeys keys =
        InputKeys.read(job.spark(), extracted.source(), job.config().output().key())) {
      keys.requireNoneOf(job.spark().table(table()).select(keys.columns()));
    }
  }

  private void write(Dataset<Row> rows, OutputSchema schema, String plan, boolean isThere) {
    if (isThere) {
      // Not before rows were judged: a table without rows of a plan takes any.
      notePlan(plan);
      Column[] inOrder = new TableColumns(job.spark(), table()).inOrder(rows.schema());
      rows.select(inOrder).write().options(lineage(plan)).insertInto(table());
      return;
    }
    CreateTableWriter<Row> writer =
        rows.writeTo(table())
            .options(lineage(plan))
            .tableProperty(PLAN_PROPERTY, plan)
            .tableProperty(RULE_PROPERTY, String.valueOf(FingerprintRule.CURRENT));
    Column[] partitionBy =
        schema.partitionColumns(job.config().output().partitionBy()).stream()
            .map(TableOutput::column)
            .toArray(Column[]::new);
    if (partitionBy.length > 0) {
      writer =
          writer.partitionedBy(
              partitionBy[0], Arrays.copyOfRange(partitionBy, 1, partitionBy.length));
    }
    try {
      writer.create();
    } catch (TableAlreadyExistsException e) {
      throw new OutputException(
          "cannot make the table " + table() + ": another run made it meanwhile; start it again");
    }
  }

  /** Catalogs that can, as Iceberg's, note it at the commit; others pass over it. */
  private Map<String, String> lineage(String plan) {
    return Map.of(
        "snapshot-property.layertap.run", job.runId(),
        "snapshot-property.layertap.plan", plan,
        "snapshot-property.layertap.model", job.planned().fingerprint());
  }

  private static Column column(String name) {
    return functions.col(SqlNames.quoted(name));
  }
}

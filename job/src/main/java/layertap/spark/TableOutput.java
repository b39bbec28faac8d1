package layertap.spark;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import layertap.config.JobConfig;
import layertap.config.JobConfig.Mode;
import layertap.publish.OutputException;
import layertap.report.Manifest;
import org.apache.hadoop.conf.Configuration;
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
final class TableOutput {
  private static final String PLAN_PROPERTY = "layertap.plan";

  private final SparkSession spark;
  private final JobConfig config;
  private final PlanBuilder.Planned planned;
  private final String runId;
  private final Configuration hadoop;
  private final RunTotals totals;
  private final String table;

  TableOutput(
      SparkSession spark,
      JobConfig config,
      PlanBuilder.Planned planned,
      String runId,
      Configuration hadoop,
      RunTotals totals) {
    this.spark = spark;
    this.config = config;
    this.planned = planned;
    this.runId = runId;
    this.hadoop = hadoop;
    this.totals = totals;
    this.table = config.output().table();
  }

  /** Writes to the table. */
  Manifest run(long limit) {
    boolean isThere = spark.catalog().tableExists(table);
    if (isThere && config.output().mode() == Mode.ERROR) {
      throw new OutputException(
          "cannot make the table "
              + table
              + ": it is there already; set output.mode to append, or another output.table");
    }
    String plan = new PlanDescription(config, planned).fingerprint();
    if (isThere) {
      requireSamePlan(plan);
    }
    try (ExtractedRows extracted = ExtractedRows.open(spark, config, planned, runId, hadoop)) {
      if (isThere && !config.output().key().isEmpty()) {
        requireNewKeys(extracted);
      }
      TaskReportAccumulator reports = new TaskReportAccumulator();
      spark.sparkContext().register(reports);
      Dataset<Row> all = extracted.source().rows();
      Dataset<Row> rows = extracted.of(limit < 0 ? all : all.limit((int) limit), reports);
      // Rows are counted before the commit, and none is computed twice.
      Dataset<Row> counted = rows.localCheckpoint(true, StorageLevel.DISK_ONLY());
      totals.add(reports.value(), List.of());
      write(counted, extracted.schema(), plan, isThere);
      return totals.manifest(extracted.schema(), limit < 0 /* nothing is missing */, List.of());
    }
  }

  private void requireSamePlan(String plan) {
    String there =
        spark.sql("SHOW TBLPROPERTIES " + table).collectAsList().stream()
            .filter(row -> row.getString(0).equals(PLAN_PROPERTY))
            .map(row -> row.getString(1))
            .findFirst()
            .orElse(plan);
    if (!there.equals(plan)) {
      throw new OutputException(
          "cannot add to the table "
              + table
              + ": its features were made by another plan (model, signature, feeds or features"
              + " differ: "
              + there
              + ", not "
              + plan
              + "); write to another output.table");
    }
    spark.sql(
        "ALTER TABLE " + table + " SET TBLPROPERTIES ('" + PLAN_PROPERTY + "' = '" + plan + "')");
  }

  private void requireNewKeys(ExtractedRows extracted) {
    try (InputKeys keys = InputKeys.read(spark, extracted.source(), config.output().key())) {
      keys.requireNoneOf(spark.table(table).select(keys.columns()));
    }
  }

  private void write(Dataset<Row> rows, OutputSchema schema, String plan, boolean isThere) {
    if (isThere) {
      inOrderOfTable(rows).write().options(lineage(plan)).insertInto(table);
      return;
    }
    CreateTableWriter<Row> writer =
        rows.writeTo(table).options(lineage(plan)).tableProperty(PLAN_PROPERTY, plan);
    Column[] partitionBy =
        schema.partitionColumns(config.output().partitionBy()).stream()
            .map(functions::col)
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
          "cannot make the table " + table + ": another run made it meanwhile; start it again");
    }
  }

  /** Catalogs that can, as Iceberg's, note it at the commit; others pass over it. */
  private Map<String, String> lineage(String plan) {
    return Map.of(
        "snapshot-property.layertap.run", runId,
        "snapshot-property.layertap.plan", plan,
        "snapshot-property.layertap.model", planned.fingerprint());
  }

  private Dataset<Row> inOrderOfTable(Dataset<Row> rows) {
    List<String> there = List.of(spark.table(table).columns());
    List<String> here = List.of(rows.columns());
    boolean isSame =
        there.size() == here.size()
            && here.stream().allMatch(name -> there.stream().anyMatch(name::equalsIgnoreCase));
    if (!isSame) {
      throw new OutputException(
          "cannot add to the table "
              + table
              + ": its columns are "
              + there
              + ", the features' are "
              + here
              + "; change features and input.keep, or write to another output.table");
    }
    return rows.select(there.stream().map(functions::col).toArray(Column[]::new));
  }
}

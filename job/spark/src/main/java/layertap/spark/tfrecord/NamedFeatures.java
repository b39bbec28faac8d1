package layertap.spark.tfrecord;

import java.util.List;
import java.util.Objects;
import layertap.input.record.ExampleColumn;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.PartitioningAwareFileIndex;
import scala.jdk.javaapi.CollectionConverters;

/** Compares the features that a given schema names with those of the first records. Driver only. */
public final class NamedFeatures {
  private NamedFeatures() {}

  /**
   * What is to be said of them; nothing of other sources.
   *
   * @param rows as they were loaded with the schema
   */
  public static List<String> warnings(Dataset<Row> rows) {
    LogicalPlan plan = rows.queryExecution().analyzed();
    if (!(plan instanceof LogicalRelation relation
        && relation.relation() instanceof HadoopFsRelation read
        && read.fileFormat() instanceof TfRecordFormat
        && read.location() instanceof PartitioningAwareFileIndex index)) {
      return List.of();
    }
    List<ExampleColumn> wanted =
        ExampleRows.columns(read.dataSchema()).stream().filter(Objects::nonNull).toList();
    Configuration hadoop =
        read.sparkSession().sessionState().newHadoopConfWithOptions(read.options());
    return FirstRecords.warnings(
        TfRecordFormat.sorted(CollectionConverters.asJava(index.allFiles())), wanted, hadoop);
  }
}

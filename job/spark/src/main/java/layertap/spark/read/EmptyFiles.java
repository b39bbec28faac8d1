package layertap.spark.read;

import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.PartitioningAwareFileIndex;
import org.apache.spark.util.HadoopFSUtils;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Spark's source of binary files passes over files of no bytes without a word. Here they are rows,
 * so that every file of a folder is accounted for.
 */
final class EmptyFiles {
  private EmptyFiles() {}

  /**
   * The rows of binary files with one for each empty file.
   *
   * @param options with which the files were read
   */
  static Dataset<Row> add(SparkSession spark, Dataset<Row> files, Map<String, String> options) {
    List<Row> empty = new ArrayList<>();
    FileFilters filters = FileFilters.of(options);
    index(files)
        .ifPresent(
            index -> {
              // As they were listed for the read: storage is not asked again.
              for (FileStatus file : CollectionConverters.asJava(index.allFiles())) {
                if (file.getLen() == 0 && isRow(file, filters)) {
                  empty.add(row(file, files.columns().length));
                }
              }
            });
    return empty.isEmpty() ? files : files.union(spark.createDataFrame(empty, files.schema()));
  }

  /** The list of files that a source of files reads. */
  static Optional<PartitioningAwareFileIndex> index(Dataset<Row> files) {
    LogicalPlan plan = files.queryExecution().analyzed();
    return plan instanceof LogicalRelation relation
            && relation.relation() instanceof HadoopFsRelation read
            && read.location() instanceof PartitioningAwareFileIndex index
        ? Optional.of(index)
        : Optional.empty();
  }

  /** What folders' names tell, after the file's own columns, stays null. */
  private static Row row(FileStatus file, int columns) {
    Object[] values = new Object[columns];
    values[0] = file.getPath().toString();
    values[1] = new Timestamp(file.getModificationTime());
    values[2] = 0L;
    values[3] = new byte[0];
    return RowFactory.create(values);
  }

  private static boolean isRow(FileStatus file, FileFilters filters) {
    return !HadoopFSUtils.shouldFilterOutPathName(file.getPath().getName()) && filters.accept(file);
  }
}

package layertap.spark.read;

import java.sql.Timestamp;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.spark.version.HiddenNames;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.PartitioningAwareFileIndex;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Spark's source of binary files passes over files of no bytes without a word, and fails at one of
 * 2 GB. Here both are rows, the large ones of null, so that every file of a folder is accounted
 * for.
 */
final class EmptyFiles {
  private static final String MOST_BYTES = "spark.sql.sources.binaryFile.maxLength";

  private EmptyFiles() {}

  /**
   * The rows of binary files with one for each file that is empty or too large.
   *
   * @param options with which the files were read
   */
  static Dataset<Row> add(SparkSession spark, Dataset<Row> files, Map<String, String> options) {
    int largest = largest(spark);
    FileFilters filters = FileFilters.of(options);
    HiddenNames hidden = HiddenNames.of(spark, options);
    // As they were listed for the read: storage is not asked again.
    List<FileStatus> listed =
        index(files)
            .map(index -> CollectionConverters.asJava(index.allFiles()).stream().toList())
            .orElse(List.of());
    List<Row> added =
        listed.stream()
            .filter(file -> file.getLen() == 0 || file.getLen() > largest)
            .filter(file -> !hidden.contains(file.getPath().getName()) && filters.accept(file))
            .map(file -> row(file, files.columns().length))
            .toList();
    boolean areAllRead = listed.stream().noneMatch(file -> file.getLen() > largest);
    // Spark asks for the length before it reads a file.
    Dataset<Row> read = areAllRead ? files : files.where(files.col("length").leq(largest));
    return added.isEmpty() ? read : read.union(spark.createDataFrame(added, files.schema()));
  }

  /** The largest file that Spark reads into a row, beside which the row has room for its path. */
  private static int largest(SparkSession spark) {
    int allowed = Integer.parseInt(spark.conf().get(MOST_BYTES));
    return Math.min(allowed, Integer.MAX_VALUE - (1 << 20));
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
    values[2] = file.getLen();
    values[3] = file.getLen() == 0 ? new byte[0] : null;
    return RowFactory.create(values);
  }
}

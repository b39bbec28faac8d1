package layertap.spark.read;

import java.sql.Timestamp;
import java.util.List;
import java.util.Map;
import layertap.spark.version.HiddenNames;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/**
 * Makes every binary file a row, so that all files of a folder are accounted for. Spark's source
 * passes over files of no bytes without a word, and fails at one of 2 GB: here the former have no
 * bytes, the latter null.
 */
final class RowPerFile {
  private static final String MOST_BYTES = "spark.sql.sources.binaryFile.maxLength";

  private RowPerFile() {}

  /**
   * The rows of binary files with one for each file that is empty or too large.
   *
   * @param options with which the files were read
   */
  static Dataset<Row> of(SparkSession spark, Dataset<Row> files, Map<String, String> options) {
    int largest = largest(spark);
    FileFilters filters = FileFilters.of(options);
    HiddenNames hidden = HiddenNames.of(spark, options);
    List<FileStatus> listed = InputLoader.files(files);
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

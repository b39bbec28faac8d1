package layertap.spark.read;

import java.net.URI;
import java.sql.Timestamp;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.spark.version.HiddenNames;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Makes every binary file a row, so that all files of a folder are accounted for. Spark's source
 * passes over files of no bytes without a word, and fails at one of 2 GB: here the former have no
 * bytes, the latter null.
 */
final class RowPerFile {
  private static final String MOST_BYTES = "spark.sql.sources.binaryFile.maxLength";

  /** Spark's hidden column of what is known of a file. */
  private static final String METADATA = "_metadata";

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
    List<FileStatus> passedOver =
        listed.stream()
            .filter(file -> file.getLen() == 0 || file.getLen() > largest)
            .filter(file -> !hidden.contains(file.getPath().getName()) && filters.accept(file))
            .toList();
    boolean areAllRead = listed.stream().noneMatch(file -> file.getLen() > largest);
    // Spark asks for the length before it reads a file.
    Dataset<Row> read = areAllRead ? files : files.where(files.col("length").leq(largest));
    if (passedOver.isEmpty()) {
      return read;
    }
    Dataset<Row> located =
        isHiddenIn(files)
            ? read.select(read.col("*"), read.metadataColumn(METADATA).as(METADATA))
            : read;
    FolderValues folders =
        FolderValues.of(files, passedOver.stream().map(FileStatus::getPath).toList());
    List<Row> added =
        passedOver.stream().map(file -> row(file, located.schema(), folders)).toList();
    return located.union(spark.createDataFrame(added, located.schema()));
  }

  /**
   * The column that is there only for those who name it, as if it were hidden still.
   *
   * @param files before they were made a row each
   * @param rows the same after that
   */
  static Optional<String> unhidden(Dataset<Row> files, Dataset<Row> rows) {
    return isHiddenIn(files) && Arrays.asList(rows.columns()).contains(METADATA)
        ? Optional.of(METADATA)
        : Optional.empty();
  }

  /** Whether no column has the name, as a folder {@code _metadata=1} makes one. */
  private static boolean isHiddenIn(Dataset<Row> files) {
    return Arrays.stream(files.columns()).noneMatch(METADATA::equalsIgnoreCase);
  }

  /** The largest file that Spark reads into a row, beside which the row has room for its path. */
  private static int largest(SparkSession spark) {
    int allowed = Integer.parseInt(spark.conf().get(MOST_BYTES));
    return Math.min(allowed, Integer.MAX_VALUE - (1 << 20));
  }

  private static Row row(FileStatus file, StructType columns, FolderValues folders) {
    Map<String, Object> told = folders.of(file.getPath());
    return RowFactory.create(
        Arrays.stream(columns.fields())
            .map(
                field ->
                    told.containsKey(field.name()) ? told.get(field.name()) : value(file, field))
            .toArray());
  }

  /** What Spark's source has in a column. */
  private static Object value(FileStatus file, StructField column) {
    return switch (column.name()) {
      case "path" -> file.getPath().toString();
      case "modificationTime", "file_modification_time" ->
          new Timestamp(file.getModificationTime());
      case "length", "file_size", "file_block_length" -> file.getLen();
      case "content" -> file.getLen() == 0 ? new byte[0] : null;
      case "file_path" -> uri(file).toString();
      case "file_name" -> uri(file).getRawPath().replaceFirst(".*/", "");
      case "file_block_start" -> 0L;
      case METADATA ->
          RowFactory.create(
              Arrays.stream(((StructType) column.dataType()).fields())
                  .map(field -> value(file, field))
                  .toArray());
      default -> null;
    };
  }

  private static URI uri(FileStatus file) {
    return new Path(file.getPath().toString()).toUri();
  }
}

package layertap.spark.write;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import layertap.config.JobConfig.Compression;
import layertap.graph.TensorShape;
import layertap.spark.schema.FeatureColumn;
import layertap.spark.schema.NestedType;
import layertap.spark.schema.OutputSchema;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;

/** How Parquet files are written so that they suit features, whose rows may take megabytes. */
final class ParquetSettings {
  /** Files between half and double of it are neither merged nor split. */
  static final long FILE_BYTES = 256L << 20;

  private static final long ROW_GROUP_BYTES = 64L << 20;
  private static final long PAGE_BYTES = 1L << 20;
  private static final long BYTES_BETWEEN_CHECKS = 4L << 20;
  private static final long MOST_ROWS_BETWEEN_CHECKS = 100;

  private ParquetSettings() {}

  /** Options of a write. */
  static Map<String, String> of(OutputSchema schema, Compression compression) {
    long rowBytes = rowBytes(schema);
    String checkRows =
        String.valueOf(
            Math.max(1, Math.min(MOST_ROWS_BETWEEN_CHECKS, BYTES_BETWEEN_CHECKS / rowBytes)));
    Map<String, String> options = new LinkedHashMap<>();
    options.put("compression", compression.name().toLowerCase(Locale.ROOT));
    options.put(ParquetOutputFormat.BLOCK_SIZE, String.valueOf(ROW_GROUP_BYTES));
    options.put(ParquetOutputFormat.PAGE_SIZE, String.valueOf(PAGE_BYTES));
    // Without it the writer looks at its memory after a hundred rows, whatever their size. Where
    // the size is not known here, it is after the first row.
    options.put(
        ParquetOutputFormat.MIN_ROW_COUNT_FOR_PAGE_SIZE_CHECK,
        isSizeKnown(schema) ? checkRows : "1");
    options.put(ParquetOutputFormat.MAX_ROW_COUNT_FOR_PAGE_SIZE_CHECK, checkRows);
    options.put("maxRecordsPerFile", String.valueOf(Math.max(1, 2 * FILE_BYTES / rowBytes)));
    for (FeatureColumn column : schema.features()) {
      // Activations hardly repeat: a dictionary of them is work for nothing.
      for (String path : leaves(column.name(), column.type())) {
        options.put(ParquetOutputFormat.ENABLE_DICTIONARY + "#" + path, "false");
      }
    }
    return options;
  }

  private static boolean isSizeKnown(OutputSchema schema) {
    return schema.features().stream()
            .allMatch(column -> column.feature().fullRowShape().isFullyKnown())
        && schema.kept().stream().allMatch(column -> UnsafeRow.isFixedLength(column.dataType()));
  }

  /** Of the features of a row whose sizes are known; at least one. */
  static long rowBytes(OutputSchema schema) {
    long bytes = 1;
    for (FeatureColumn column : schema.features()) {
      TensorShape shape = column.feature().fullRowShape();
      if (shape.isFullyKnown()) {
        bytes += shape.elementCount() * elementBytes(column.type());
      } else {
        bytes += BYTES_BETWEEN_CHECKS / MOST_ROWS_BETWEEN_CHECKS;
      }
    }
    return bytes;
  }

  private static long elementBytes(DataType type) {
    DataType element = NestedType.of(type).element();
    return element instanceof UserDefinedType<?> ? Double.BYTES : element.defaultSize();
  }

  /** Paths of Parquet's columns below a column of Spark. */
  private static List<String> leaves(String path, DataType type) {
    if (type instanceof ArrayType array) {
      return leaves(path + ".list.element", array.elementType());
    }
    if (type instanceof UserDefinedType<?> user) {
      return leaves(path, user.sqlType());
    }
    if (type instanceof StructType struct) {
      List<String> paths = new ArrayList<>();
      for (StructField field : struct.fields()) {
        paths.addAll(leaves(path + "." + field.name(), field.dataType()));
      }
      return paths;
    }
    return List.of(path);
  }
}

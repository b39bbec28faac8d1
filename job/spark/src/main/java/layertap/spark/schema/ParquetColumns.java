package layertap.spark.schema;

import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import layertap.failure.UserException;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Whether columns can be written to Parquet: Spark asks it once all rows are computed. */
public final class ParquetColumns {
  private static final ParquetFileFormat PARQUET = new ParquetFileFormat();

  private ParquetColumns() {}

  /**
   * Goes on only if Parquet takes the columns.
   *
   * @throws UserException if there is one that it does not take
   */
  public static void require(StructType columns) {
    for (StructField field : columns.fields()) {
      if (!PARQUET.supportDataType(field.dataType())) {
        throw new UserException(
            ("cannot write the column '%s': its type is %s, which Parquet does not have; leave it out"
                    + " of input.keep, or set input.select { %s = \"cast(%s AS string)\" }")
                .formatted(
                    field.name(), field.dataType().simpleString(), field.name(), field.name()));
      }
      twice(field.dataType())
          .ifPresent(
              name -> {
                throw new UserException(
                    ("cannot write the column '%s': it has two fields '%s' (upper and lower case count"
                            + " as equal); rename one in input.select")
                        .formatted(field.name(), name));
              });
    }
  }

  /** A name that two fields of a structure have. */
  private static Optional<String> twice(DataType type) {
    if (type instanceof ArrayType array) {
      return twice(array.elementType());
    }
    if (type instanceof MapType map) {
      return twice(map.keyType()).or(() -> twice(map.valueType()));
    }
    if (!(type instanceof StructType struct)) {
      return Optional.empty();
    }
    Set<String> names = new HashSet<>();
    for (StructField field : struct.fields()) {
      if (!names.add(field.name().toLowerCase(Locale.ROOT))) {
        return Optional.of(field.name());
      }
      Optional<String> inner = twice(field.dataType());
      if (inner.isPresent()) {
        return inner;
      }
    }
    return Optional.empty();
  }
}

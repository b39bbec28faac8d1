package layertap.spark.failure;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import layertap.failure.UserException;
import org.apache.spark.SparkThrowable;

/** Parquet files of one input whose columns of one name have different types. */
final class DifferingTypes {
  private static final String CONDITION = "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH";

  /**
   * Types of a file, each with the narrower one that the input has: where a schema names the wider
   * one, Spark reads both kinds of files.
   */
  private static final Set<String> JOINED_BY_SCHEMA =
      Set.of("INT64 as int", "DOUBLE as int", "DOUBLE as float");

  /** A table has its own schema. */
  private static final String WIDER =
      "name the wider of both types in input.schema, if input.path names the files, or ";

  private DifferingTypes() {}

  /** What becomes of a failure that is of them. */
  static Optional<UserException> of(Throwable failure) {
    if (!(failure instanceof SparkThrowable spark) || !CONDITION.equals(spark.getCondition())) {
      return Optional.empty();
    }
    Map<String, String> told = spark.getMessageParameters();
    String types = told.get("actualType") + " as " + told.get("expectedType");
    return Optional.of(
        new UserException(
            ("cannot read the file %s: its column %s is %s, which Spark does not read as %s, the type"
                    + " that the input has; %swrite all files with the same types")
                .formatted(
                    told.get("path"),
                    told.get("column"),
                    told.get("actualType"),
                    told.get("expectedType"),
                    JOINED_BY_SCHEMA.contains(types) ? WIDER : ""),
            failure));
  }
}

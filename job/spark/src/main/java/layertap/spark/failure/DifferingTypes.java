package layertap.spark.failure;

import java.util.Map;
import java.util.Optional;
import layertap.failure.UserException;
import org.apache.spark.SparkThrowable;

/** Parquet files of one input whose columns of one name have different types. */
final class DifferingTypes {
  private static final String CONDITION = "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH";

  private DifferingTypes() {}

  /** What becomes of a failure that is of them. */
  static Optional<UserException> of(Throwable failure) {
    if (!(failure instanceof SparkThrowable spark) || !CONDITION.equals(spark.getCondition())) {
      return Optional.empty();
    }
    Map<String, String> told = spark.getMessageParameters();
    return Optional.of(
        new UserException(
            ("cannot read the file %s: its column %s is %s, which Spark does not read as %s, the type"
                    + " that the input has; name the wider of both types in the schema (input.schema),"
                    + " or write all files with the same types")
                .formatted(
                    told.get("path"),
                    told.get("column"),
                    told.get("actualType"),
                    told.get("expectedType")),
            failure));
  }
}

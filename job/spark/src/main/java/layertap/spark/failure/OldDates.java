package layertap.spark.failure;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import layertap.failure.UserException;

/** Dates and times of which Spark, as it is set, does not know the calendar. */
final class OldDates {
  private static final Pattern REFUSED =
      Pattern.compile(
          "\\[INCONSISTENT_BEHAVIOR_CROSS_VERSION\\.(READ|WRITE)_ANCIENT_DATETIME]"
              + ".*?\"(spark\\.sql\\.\\S+)\"",
          Pattern.DOTALL);

  private OldDates() {}

  /** What becomes of a failure that is of them. */
  static Optional<UserException> of(Throwable failure) {
    Matcher refused = REFUSED.matcher(String.valueOf(failure.getMessage()));
    return refused.find()
        ? Optional.of(
            new UserException(
                ("cannot %s dates before 1582-10-15 or times before 1900: with %s = EXCEPTION Spark"
                        + " does not choose their calendar; set it to CORRECTED for that of Spark 3"
                        + " and other programs, or to LEGACY for that of Spark 2 and Hive")
                    .formatted(
                        refused.group(1).equals("READ") ? "read" : "write", refused.group(2)),
                failure))
        : Optional.empty();
  }
}

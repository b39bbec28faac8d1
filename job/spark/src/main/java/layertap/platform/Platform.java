package layertap.platform;

import java.io.IOException;
import java.util.Optional;
import layertap.failure.UserException;
import org.apache.hadoop.security.UserGroupInformation;

/** What this process runs on. Asked before any class of Spark that differs by version is loaded. */
public final class Platform {
  /** From this version on, Java lacks what Hadoop asks for the user by, before its version 3.5. */
  private static final int FIRST_JAVA_WITHOUT_SUBJECTS = 23;

  private Platform() {}

  /**
   * Goes on only where a job is not known to fail.
   *
   * @return a warning for the user, if there is one
   * @throws UserException if this version of Spark, or this Java with it, does not work
   */
  public static Optional<String> requireSupported() {
    return requireSupported(Runtime.version().feature());
  }

  static Optional<String> requireSupported(int java) {
    Optional<SparkVersion> spark = SparkVersion.ofThisJvm();
    Optional<String> warning = spark.flatMap(SparkVersion::requireSupported);
    if (java >= FIRST_JAVA_WITHOUT_SUBJECTS) {
      requireUser(spark.map(SparkVersion::text).orElse(""), java);
    }
    return warning;
  }

  /** Vendors mend Hadoop, so it is tried and not told by its version. */
  private static void requireUser(String spark, int java) {
    try {
      UserGroupInformation.getCurrentUser();
    } catch (UnsupportedOperationException e) {
      throw hadoopRefuses(spark, java, e);
    } catch (IOException e) {
      // Of another kind; whoever needs the user will say so.
      return;
    }
  }

  static UserException hadoopRefuses(
      String spark, int java, UnsupportedOperationException failure) {
    return new UserException(
        ("cannot run Spark %s on Java %s: its Hadoop does not work there (%s); use Java 17 or"
                + " 21, or Spark 4.2 or later")
            .formatted(spark, java, failure.getMessage()),
        failure);
  }
}

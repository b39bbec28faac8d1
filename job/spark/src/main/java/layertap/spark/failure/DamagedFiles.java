package layertap.spark.failure;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import layertap.failure.FirstLine;
import layertap.failure.UserException;
import org.apache.spark.SparkThrowable;

/**
 * Files that storage handed over, and that are not what their format or compression says: no other
 * try reads them, though their readers report it as a failure of storage.
 */
final class DamagedFiles {
  static final String UNREADABLE_FILE = "KD001";

  /** Where the readers of files are, who throw IOExceptions about bytes. */
  private static final List<String> READERS =
      List.of(
          "org.apache.hadoop.io.compress.",
          "org.apache.orc.",
          "org.apache.avro.",
          "org.apache.parquet.format.");

  /** Spark uses these for what executors send to each other, too. */
  private static final List<String> CODECS =
      List.of("org.xerial.snappy.", "com.github.luben.zstd.", "java.util.zip.");

  private static final int MAX_DEPTH = 50;

  private DamagedFiles() {}

  /** What becomes of a failure, if that is why. */
  static Optional<UserException> of(Throwable failure) {
    if (failure instanceof IOException) {
      return isOf(READERS, failure)
          ? Optional.of(damaged("a file of the input", failure))
          : Optional.empty();
    }
    if (!(failure instanceof SparkThrowable spark)
        || !UNREADABLE_FILE.equals(spark.getSqlState())) {
      return Optional.empty();
    }
    String path = spark.getMessageParameters().getOrDefault("path", "");
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
        .limit(MAX_DEPTH)
        .filter(IOException.class::isInstance)
        .filter(cause -> isOf(READERS, cause) || isOf(CODECS, cause))
        .findFirst()
        .map(cause -> damaged("the file " + path, cause));
  }

  private static UserException damaged(String file, Throwable cause) {
    return new UserException(
        ("cannot read %s: its bytes are not what its format, or the ending of its name, says (%s);"
                + " repair it or leave it out, or correct input.format")
            .formatted(file, FirstLine.of(cause)),
        cause);
  }

  private static boolean isOf(List<String> packages, Throwable failure) {
    StackTraceElement[] frames = failure.getStackTrace();
    return packages.stream()
        .anyMatch(
            name ->
                failure.getClass().getName().startsWith(name)
                    || (frames.length > 0 && frames[0].getClassName().startsWith(name)));
  }
}

package layertap.spark.failure;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import layertap.failure.FirstLine;
import layertap.failure.UserException;
import org.apache.spark.SparkThrowable;

/**
 * Files that storage handed over, and that are not what their format or compression says: no other
 * try reads them, though their readers report it as a failure of storage.
 */
public final class DamagedFiles {
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

  /** How Parquet's library says that it could not write to storage. */
  private static final String WRITING = "can not write";

  private DamagedFiles() {}

  /**
   * What becomes of a failure, if that is why.
   *
   * @param causes the failure, what caused it, what caused that, and so on
   * @param isOfWriting whether the failure is that of a task that writes; the files that it reads
   *     fail by an exception of their own
   */
  static Optional<UserException> of(List<Throwable> causes, boolean isOfWriting) {
    Throwable failure = causes.get(0);
    if (failure instanceof IOException) {
      return isOfWriting
          ? Optional.empty()
          : reason(causes, READERS).map(cause -> damaged("a file of the input", cause));
    }
    if (!(failure instanceof SparkThrowable spark)
        || !UNREADABLE_FILE.equals(spark.getSqlState())) {
      return Optional.empty();
    }
    String path = spark.getMessageParameters().getOrDefault("path", "");
    return reason(causes).map(cause -> damaged("the file " + path, cause));
  }

  /** Whether a reader of a file fails since storage does; else for what the file is. */
  public static boolean isOfStorage(Throwable failure) {
    List<Throwable> causes = SparkFailures.causes(failure);
    return causes.stream().anyMatch(IOException.class::isInstance) && reason(causes).isEmpty();
  }

  /** Why a file cannot be read, where nothing but files is. */
  private static Optional<Throwable> reason(List<Throwable> causes) {
    return reason(causes, READERS).or(() -> reason(causes, CODECS));
  }

  /** The innermost failure of input or output, if it is of the packages: readers wrap storage's. */
  private static Optional<Throwable> reason(List<Throwable> causes, List<String> packages) {
    List<Throwable> failures = causes.stream().filter(IOException.class::isInstance).toList();
    if (failures.isEmpty() || failures.stream().anyMatch(DamagedFiles::isOfOutput)) {
      return Optional.empty();
    }
    return Optional.of(failures.get(failures.size() - 1)).filter(last -> isOf(packages, last));
  }

  private static boolean isOfOutput(Throwable failure) {
    return String.valueOf(failure.getMessage()).startsWith(WRITING);
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

package layertap.spark.failure;

import java.io.IOException;
import java.io.ObjectStreamException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import layertap.failure.FailureText;
import layertap.failure.FirstLine;
import layertap.failure.LayertapException;
import layertap.failure.UserException;
import org.apache.spark.SparkException;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;

/** Finds in what Spark throws the failure that matters to the user. */
public final class SparkFailures {
  /** What Spark says when it lost executors too often, or with them what cannot be had again. */
  private static final List<String> LOST =
      List.of(
          "ExecutorLostFailure",
          "CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND",
          // A task was sent to an executor that was about to end.
          "java.util.concurrent.RejectedExecutionException");

  private static final String SPARK_LOST = "cannot go on: Spark lost executors";

  /** What Spark says when the cluster is gone, or never was there. */
  private static final List<String> GONE =
      List.of(
          "SparkContext was shut down",
          "Cannot call methods on a stopped SparkContext",
          "Exiting due to error from cluster scheduler",
          "Master removed our application",
          "All masters are unresponsive");

  /** What Hadoop says of the name of a local file's checksum, {@code .IMG 12:30.jpg.crc}. */
  private static final String COLON_IN_NAME = "Relative path in absolute URI";

  private static final String OUT_OF_MEMORY = OutOfMemoryError.class.getName();

  private static final String HEAP_SETTINGS =
      "-Xmx in local mode, else spark.driver.memory and spark.executor.memory";

  private static final String RUNNING = "set run.batch-size lower";

  /** A task holds the part of a file that it decodes, which may be all of it. */
  private static final String READING =
      "write the input in smaller pieces: row groups, records, files of bytes";

  private static final int MAX_DEPTH = 50;

  /** SQL states of Spark's errors, or how they begin. */
  private static final String DATA_EXCEPTION = "22";

  private static final String RAISED_BY_EXPRESSION = "P0001";

  /** The condition of Spark's error around whatever ends a task that writes. */
  private static final String TASK_WRITE_FAILED = "TASK_WRITE_FAILED";

  private SparkFailures() {}

  /**
   * The failure behind another one: of the causes the first that this program threw on purpose, or
   * that the storage did; the failure itself if there is none.
   */
  public static Throwable cause(Throwable failure) {
    Optional<Throwable> memory = fullMemory(failure);
    if (memory.isPresent()) {
      return memory.get();
    }
    boolean isOfWriting = false;
    for (Throwable current : causes(failure)) {
      if (isSaid(current)) {
        return current;
      }
      isOfWriting |= isOfWriting(current);
      Optional<UserException> damaged = DamagedFiles.of(causes(current), isOfWriting);
      if (damaged.isPresent()) {
        return damaged.get();
      }
      Optional<UserException> differing = DifferingTypes.of(current);
      if (differing.isPresent()) {
        return differing.get();
      }
      if (current instanceof AnalysisException || isDataError(current)) {
        return new UserException(
            "cannot run the job: " + FirstLine.of(current) + reason(current) + "; check input",
            failure);
      }
      Optional<UserException> setting = OldDates.of(current).or(() -> KryoFailures.of(current));
      if (setting.isPresent()) {
        return setting.get();
      }
      if (current instanceof SQLException database) {
        return JdbcFailures.of(database);
      }
      if (current instanceof IOException storage && !(current instanceof ObjectStreamException)) {
        return new UncheckedIOException("cannot read or write files", storage);
      }
    }
    return fromText(failure);
  }

  /** The failure, what caused it, what caused that, and so on. */
  static List<Throwable> causes(Throwable failure) {
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause).limit(MAX_DEPTH).toList();
  }

  private static boolean isSaid(Throwable failure) {
    return failure instanceof LayertapException || failure instanceof UncheckedIOException;
  }

  /**
   * Memory that is out, whatever it is taken for on the way: Spark calls a file unreadable for
   * which there was no room.
   */
  private static Optional<Throwable> fullMemory(Throwable failure) {
    boolean isReading = false;
    for (Throwable current : causes(failure)) {
      if (isSaid(current)) {
        return Optional.empty();
      }
      isReading |= hasState(current, DamagedFiles.UNREADABLE_FILE);
      if (current instanceof OutOfMemoryError memory) {
        return Optional.of(outOfMemory(String.valueOf(memory.getMessage()), isReading));
      }
    }
    return Optional.empty();
  }

  /**
   * Whether an expression of the user met a value that it cannot compute with, or a file is not of
   * the format; a file that storage did not hand over is none of these.
   */
  private static boolean isDataError(Throwable failure) {
    return hasState(failure, DATA_EXCEPTION)
        || hasState(failure, RAISED_BY_EXPRESSION)
        || (hasState(failure, DamagedFiles.UNREADABLE_FILE)
            && causes(failure).stream().noneMatch(IOException.class::isInstance));
  }

  private static boolean isOfWriting(Throwable failure) {
    return failure instanceof SparkThrowable spark
        && TASK_WRITE_FAILED.equals(spark.getCondition());
  }

  private static boolean hasState(Throwable failure, String beginning) {
    String state = failure instanceof SparkThrowable spark ? spark.getSqlState() : null;
    return state != null && state.startsWith(beginning);
  }

  /** What Spark, naming the file, leaves to its last cause. */
  private static String reason(Throwable failure) {
    List<Throwable> causes = causes(failure);
    if (causes.size() == 1) {
      return "";
    }
    String line = FirstLine.of(causes.get(causes.size() - 1));
    return line.contains(COLON_IN_NAME)
        ? " Hadoop reads no file of a local disk that has a colon in its name; rename it"
        : " " + line;
  }

  /**
   * Does something; if Spark loses executors with it, throws what becomes of that.
   *
   * @param explain makes a failure that says more
   */
  public static <T> T explainingLost(Supplier<T> work, UnaryOperator<RuntimeException> explain) {
    try {
      return work.get();
    } catch (Exception e) {
      // Spark, in Scala, throws checked exceptions without declaring them.
      if (cause(e) instanceof UncheckedIOException lost && SPARK_LOST.equals(lost.getMessage())) {
        throw explain.apply(lost);
      }
      throw e;
    }
  }

  /** Spark hands failures of executors over as text where it cannot rebuild them. */
  private static Throwable fromText(Throwable failure) {
    String text = String.valueOf(failure.getMessage());
    // A context that was stopped says so by the other one.
    if (!(failure instanceof SparkException || failure instanceof IllegalStateException)) {
      return failure;
    }
    Optional<LayertapException> known = FailureText.find(text, failure);
    if (known.isPresent()) {
      return known.get();
    }
    if (LOST.stream().anyMatch(text::contains)) {
      return new UncheckedIOException(SPARK_LOST, new IOException(whyLost(FirstLine.of(failure))));
    }
    if (GONE.stream().anyMatch(text::contains)) {
      return new UncheckedIOException(
          "cannot go on: the cluster does not answer, or ended the application",
          new IOException(FirstLine.of(failure)));
    }
    if (!text.contains(OUT_OF_MEMORY)) {
      return failure;
    }
    return outOfMemory(FirstLine.of(failure), text.contains(DamagedFiles.UNREADABLE_FILE));
  }

  private static OutOfMemoryError outOfMemory(String what, boolean isReading) {
    return new OutOfMemoryError(
        "cannot go on: Java is out of memory (%s); give it more (%s), or %s"
            .formatted(what, HEAP_SETTINGS, isReading ? READING : RUNNING));
  }

  /** How executors end that were short of memory, and what to do. */
  private static String whyLost(String line) {
    if (line.matches(".*\\b(code|status):? 52\\b.*")) {
      return line + "; their heap was full, raise spark.executor.memory";
    }
    return line.matches(".*(\\b(code|status):? 137\\b|memory limits).*")
        ? line + "; if the system ended them for memory, raise spark.executor.memoryOverhead"
        : line;
  }
}

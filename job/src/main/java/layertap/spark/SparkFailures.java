package layertap.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import layertap.model.ModelException;
import org.apache.spark.SparkException;

/** Finds in what Spark throws the failure that matters to the user. */
public final class SparkFailures {
  private SparkFailures() {}

  /**
   * The failure behind another one: of the causes the first that this program threw on purpose, or
   * that the storage did; the failure itself if there is none.
   */
  public static Throwable cause(Throwable failure) {
    Throwable current = failure;
    for (int depth = 0; current != null && depth < 50; depth++) {
      if (current instanceof InvalidRowException) {
        return new ModelException(current.getMessage(), failure);
      }
      if (current instanceof ModelException || current instanceof UncheckedIOException) {
        return current;
      }
      if (current instanceof ModelChangedException) {
        return new UncheckedIOException(current.getMessage(), new IOException("model"));
      }
      current = current.getCause();
    }
    return fromText(failure);
  }

  /** Spark hands failures of executors over as text where it cannot rebuild them. */
  private static Throwable fromText(Throwable failure) {
    String text = String.valueOf(failure.getMessage());
    if (!(failure instanceof SparkException)) {
      return failure;
    }
    for (Class<?> kind : List.of(InvalidRowException.class, ModelException.class)) {
      int start = text.indexOf(kind.getName() + ": ");
      if (start >= 0) {
        String message = text.substring(start + kind.getName().length() + 2);
        return new ModelException(message.lines().findFirst().orElse(""), failure);
      }
    }
    return failure;
  }
}

package layertap.spark.failure;

import java.util.Optional;
import layertap.failure.UserException;

/** Says what is missing where Spark cannot read Avro: its module for that comes apart from it. */
public final class AvroFailures {
  private static final String NOT_FOUND = "Failed to find data source: avro";

  private AvroFailures() {}

  /**
   * The failure of an input that only the module reads; empty if it is another one.
   *
   * @param failure of opening the input
   * @param sparkVersion of the module that fits
   */
  public static Optional<UserException> withoutModule(Throwable failure, String sparkVersion) {
    return String.valueOf(failure.getMessage()).contains(NOT_FOUND)
        ? Optional.of(
            new UserException(
                ("cannot read Avro files: Spark's module for them is not on the class path; add it"
                        + " with --packages org.apache.spark:spark-avro_2.13:%s, or its jar with"
                        + " --jars")
                    .formatted(sparkVersion),
                failure))
        : Optional.empty();
  }
}

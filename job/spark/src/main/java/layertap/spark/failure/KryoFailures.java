package layertap.spark.failure;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import layertap.failure.UserException;

/** Kryo, where it is Spark's serializer and takes registered classes only. */
final class KryoFailures {
  /** What Kryo says of a class; Spark may hand it over as text. */
  private static final Pattern UNREGISTERED = Pattern.compile("Class is not registered: (\\S+)");

  private KryoFailures() {}

  /** What becomes of a failure that is of such a class. */
  static Optional<UserException> of(Throwable failure) {
    Matcher found = UNREGISTERED.matcher(String.valueOf(failure.getMessage()));
    return found.find()
        ? Optional.of(
            new UserException(
                ("cannot run the job: with spark.kryo.registrationRequired = true Spark ships only"
                        + " what is registered, and %s is not; add it to"
                        + " spark.kryo.classesToRegister, or set spark.kryo.registrationRequired to"
                        + " false")
                    .formatted(found.group(1)),
                failure))
        : Optional.empty();
  }
}

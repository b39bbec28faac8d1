package layertap.spark.failure;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import layertap.failure.UserException;

/** Kryo, where it is Spark's serializer and takes registered classes only. */
final class KryoFailures {
  /** What Kryo says of a class; Spark may hand it over as text. */
  private static final Pattern UNREGISTERED = Pattern.compile("Class is not registered: (\\S+)");

  private static final List<Class<?>> PRIMITIVES =
      List.of(
          boolean.class,
          byte.class,
          char.class,
          short.class,
          int.class,
          long.class,
          float.class,
          double.class);

  /** Kryo writes these without their package. */
  private static final Set<String> SHORT_NAMES =
      Set.of(
          "Object",
          "Boolean",
          "Byte",
          "Character",
          "Short",
          "Integer",
          "Long",
          "Float",
          "Double",
          "String");

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
                    .formatted(jvmName(found.group(1))),
                failure))
        : Optional.empty();
  }

  /** The name that Spark takes, of a class as Kryo writes it: {@code [I} for {@code int[]}. */
  private static String jvmName(String written) {
    String element = written.replace("[]", "");
    int dimensions = (written.length() - element.length()) / 2;
    if (dimensions == 0) {
      return element;
    }
    String name = SHORT_NAMES.contains(element) ? "java.lang." + element : element;
    String descriptor =
        PRIMITIVES.stream()
            .filter(type -> type.getName().equals(element))
            .findFirst()
            .map(Class::descriptorString)
            .orElse("L%s;".formatted(name));
    return "[".repeat(dimensions) + descriptor;
  }
}

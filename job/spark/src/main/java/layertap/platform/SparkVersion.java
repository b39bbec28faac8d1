package layertap.platform;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import layertap.failure.UserException;

/**
 * A version of Spark by its first two numbers: vendors add to the rest, as in {@code 4.1.0-amzn-1}.
 * Immutable.
 */
public record SparkVersion(int major, int minor, String text) {
  private static final Pattern FIRST_TWO = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})(?!\\d).*");

  /** The oldest version that works: older ones have Scala 2.12, or lack what layertap needs. */
  private static final int[] OLDEST = {4, 0};

  /** The versions that were tried, in order. */
  private static final int[][] TRIED = {OLDEST, {4, 1}, {4, 2}, {4, 3}};

  /** Reads a version; empty if it does not begin with two numbers. */
  public static Optional<SparkVersion> parse(String text) {
    Matcher matcher = FIRST_TWO.matcher(text);
    return matcher.matches()
        ? Optional.of(
            new SparkVersion(
                Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)), text))
        : Optional.empty();
  }

  /**
   * The version on the class path; empty if there is no Spark, or it does not say. Asks the one
   * object that has held the version in all of them.
   */
  static Optional<SparkVersion> ofThisJvm() {
    try {
      Object spark = Class.forName("org.apache.spark.package$").getField("MODULE$").get(null);
      Object version = spark.getClass().getMethod("SPARK_VERSION").invoke(spark);
      return parse(String.valueOf(version));
    } catch (ReflectiveOperationException | LinkageError e) {
      return Optional.empty();
    }
  }

  /**
   * Goes on only with a version that is not known to fail.
   *
   * @return a warning if the version is newer than those that were tried
   * @throws UserException if it is older than those that work
   */
  public Optional<String> requireSupported() {
    if (isBefore(OLDEST)) {
      throw new UserException(
          "cannot run on Spark %s: layertap needs what Spark 4.0 brought; use Spark %s"
              .formatted(text, tried(" or ")));
    }
    int[] newest = TRIED[TRIED.length - 1];
    return isBefore(newest) || Arrays.equals(newest, numbers())
        ? Optional.empty()
        : Optional.of(
            ("Spark %s is newer than those that this version of layertap was tried on (%s); if"
                    + " something fails that should not, use one of them")
                .formatted(text, tried(" and ")));
  }

  private static String tried(String last) {
    String all = Arrays.stream(TRIED).map(SparkVersion::text).collect(Collectors.joining(", "));
    int comma = all.lastIndexOf(", ");
    return all.substring(0, comma) + last + all.substring(comma + 2);
  }

  private static String text(int... numbers) {
    return numbers[0] + "." + numbers[1];
  }

  private int[] numbers() {
    return new int[] {major, minor};
  }

  private boolean isBefore(int... other) {
    return Arrays.compare(numbers(), other) < 0;
  }
}

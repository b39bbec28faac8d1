package layertap.spark.version;

import java.util.Map;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;

/**
 * Names of files and folders that Spark passes over when it lists a folder. Always those that end
 * with {@code ._COPYING_}; never Parquet's files of metadata, nor folders of a column's values, as
 * {@code _k=1}; of others those that a pattern finds, which is fixed before Spark 4.3 and a setting
 * from then on. Spark's own method takes other arguments since. Immutable.
 */
public final class HiddenNames {
  /** Of those that begin with a dot or an underscore: Spark's, if nothing is set. */
  public static final HiddenNames DEFAULT = new HiddenNames("^[._]");

  /** A setting of a session, from Spark 4.3 on. */
  static final String SETTING = "spark.sql.files.ignoredPathSegmentRegex";

  /** An option of a reader, in the place of the setting. */
  static final String OPTION = "ignoredPathSegmentRegex";

  private final String regex;
  private final Pattern pattern;

  HiddenNames(String regex) {
    this.regex = regex;
    this.pattern = Pattern.compile(regex);
  }

  /** What a session passes over where it reads files with some options. */
  public static HiddenNames of(SparkSession spark, Map<String, String> options) {
    boolean isKnown = spark.conf().isModifiable(SETTING);
    return isKnown ? of(spark.conf().get(SETTING), options) : DEFAULT;
  }

  static HiddenNames of(String setting, Map<String, String> options) {
    String regex =
        options.entrySet().stream()
            .filter(option -> option.getKey().equalsIgnoreCase(OPTION))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse(setting);
    return regex.equals(DEFAULT.regex) ? DEFAULT : new HiddenNames(regex);
  }

  /** Whether a file or folder of a name is passed over. */
  public boolean contains(String name) {
    if (name.startsWith("_metadata") || name.startsWith("_common_metadata")) {
      return false;
    }
    if (name.endsWith("._COPYING_")) {
      return true;
    }
    boolean isOfColumn = name.startsWith("_") && name.contains("=");
    return !isOfColumn && !regex.isEmpty() && pattern.matcher(name).find();
  }

  /** Whether a path has such a name in it. */
  public boolean containsAnyOf(String path) {
    for (String name : path.split("/")) {
      if (!name.isEmpty() && contains(name)) {
        return true;
      }
    }
    return false;
  }

  /** What is passed over, for a user: <i>what begins with . or _ or ends with ._COPYING_</i>. */
  public String description() {
    if (equals(DEFAULT)) {
      return "what begins with . or _ or ends with ._COPYING_";
    }
    String ending = "what ends with ._COPYING_";
    return regex.isEmpty() ? ending : "%s or matches %s".formatted(ending, regex);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HiddenNames names && names.regex.equals(regex);
  }

  @Override
  public int hashCode() {
    return regex.hashCode();
  }
}

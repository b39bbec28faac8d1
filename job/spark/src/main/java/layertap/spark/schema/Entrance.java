package layertap.spark.schema;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import layertap.config.JobConfig;
import layertap.extract.RowFeatures;
import layertap.failure.BadRowException.Fault;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;

/** Where a user meets layertap, for messages: each entrance has its own words for settings. */
public enum Entrance {
  /** A job with a configuration. */
  JOB,
  /** A job whose rows are image files. */
  IMAGE_FILES,
  /** A job whose rows are lines of CSV or JSON, without a column that shows malformed ones. */
  LINES,
  /** A transformer of DataFrames. */
  DATAFRAME;

  private static final String IMAGES_ONLY =
      "; to read files of such names only, set input.options { pathGlobFilter ="
          // A pattern tells upper from lower case, and cameras write IMG_1.JPG.
          + " \"*.{jpg,jpeg,png,gif,bmp,webp,tif,tiff,JPG,JPEG,PNG,GIF,BMP,WEBP,TIF,TIFF}\" }";

  /** A key that HOCON takes without quotes, and for no path. */
  private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]*");

  private static final String NULL_LINE =
      "; Spark reads null, too, where a line is malformed or a value has another type: to see such"
          + " lines, give input.schema with '_corrupt_record string' in it (or the name that"
          + " columnNameOfCorruptRecord sets), and add this column to input.keep";

  /**
   * Of a job.
   *
   * @param corruptRecord the column of malformed lines, unless an option names another
   * @param kept columns of the output
   */
  public static Entrance of(
      boolean isImageFiles, JobConfig.Input input, String corruptRecord, List<StructField> kept) {
    if (isImageFiles) {
      return IMAGE_FILES;
    }
    Map<String, String> options = input.optionsInAnyCase();
    String shown = options.getOrDefault("columnNameOfCorruptRecord", corruptRecord);
    boolean isShown = kept.stream().anyMatch(field -> field.name().equals(shown));
    return isOfLines(input) && makesNulls(options) && !isShown ? LINES : JOB;
  }

  private static boolean isOfLines(JobConfig.Input input) {
    boolean isLines =
        input.format().equalsIgnoreCase("csv") || input.format().equalsIgnoreCase("json");
    return isLines && input.table().isEmpty();
  }

  /** Whether Spark reads malformed lines; in two of its modes it fails at them, or drops them. */
  private static boolean makesNulls(Map<String, String> options) {
    String mode = options.getOrDefault("mode", "");
    return !mode.equalsIgnoreCase("FAILFAST") && !mode.equalsIgnoreCase("DROPMALFORMED");
  }

  /** How a user computes a column from others. */
  public String computing(String column, String expression) {
    if (this == DATAFRAME) {
      return "compute it before, with withColumn(%s, expr(%s))"
          .formatted(inQuotes(column), inQuotes(expression));
    }
    String key = PLAIN_KEY.matcher(column).matches() ? column : inQuotes(column);
    return "set input.select { %s = %s }".formatted(key, inQuotes(expression));
  }

  /** A text as HOCON, Python and Java write it. */
  public static String inQuotes(String text) {
    return "\"%s\"".formatted(text.replace("\\", "\\\\").replace("\"", "\\\""));
  }

  /** Where a user computes columns. */
  public String beforehand() {
    return this == DATAFRAME ? "before" : "in input.select";
  }

  /** What decides on invalid rows. */
  public String onInvalid() {
    return this == DATAFRAME ? "onInvalid" : "rows.on-invalid";
  }

  /** Names a row; the parameters are those of {@link RowName}. */
  public String rowName(
      Row row, List<Integer> positions, List<Integer> carried, List<StructField> fields) {
    return positions.isEmpty() ? unnamedRow() : RowName.of(row, positions, carried, fields);
  }

  /** A row without a column that names it. */
  private String unnamedRow() {
    return this == DATAFRAME
        ? "(no column of numbers, texts or dates names it)"
        : "(no column names it: set output.key)";
  }

  /** Why a row is invalid, with what helps here alone. */
  public String reason(RowFeatures invalid) {
    if (this == IMAGE_FILES && invalid.fault() == Fault.NO_IMAGE) {
      return invalid.error() + IMAGES_ONLY;
    }
    return this == LINES && invalid.fault() == Fault.NULL
        ? invalid.error() + NULL_LINE
        : invalid.error();
  }
}

package layertap.spark.schema;

import java.util.List;
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

  private static final String CORRUPT_RECORD = "_corrupt_record";

  private static final String NULL_LINE =
      ("; Spark reads null, too, where a line is malformed or a value has another type: to see such"
              + " lines, add '%s string' to input.schema, and %s to input.keep")
          .formatted(CORRUPT_RECORD, CORRUPT_RECORD);

  /** Of a job. */
  public static Entrance of(boolean isImageFiles, String format, List<StructField> kept) {
    if (isImageFiles) {
      return IMAGE_FILES;
    }
    boolean isLines = format.equalsIgnoreCase("csv") || format.equalsIgnoreCase("json");
    boolean isShown = kept.stream().anyMatch(field -> field.name().equals(CORRUPT_RECORD));
    return isLines && !isShown ? LINES : JOB;
  }

  /** How a user computes a column from others. */
  public String computing(String column, String expression) {
    return this == DATAFRAME
        ? "compute it before, with withColumn(\"%s\", expr(\"%s\"))".formatted(column, expression)
        : "set input.select { %s = \"%s\" }".formatted(column, expression);
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

  /**
   * Why a row is invalid, with what helps here alone.
   *
   * @param isNoImage whether the reason is that what should be an image is none
   * @param isNull whether null would be fed
   */
  public String reason(String error, boolean isNoImage, boolean isNull) {
    if (this == IMAGE_FILES && isNoImage) {
      return error + IMAGES_ONLY;
    }
    return this == LINES && isNull ? error + NULL_LINE : error;
  }
}

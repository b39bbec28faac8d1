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
  /** A transformer of DataFrames. */
  DATAFRAME;

  private static final String IMAGES_ONLY =
      "; to read files of such names only, set input.options { pathGlobFilter ="
          // A pattern tells upper from lower case, and cameras write IMG_1.JPG.
          + " \"*.{jpg,jpeg,png,gif,bmp,webp,tif,tiff,JPG,JPEG,PNG,GIF,BMP,WEBP,TIF,TIFF}\" }";

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
   */
  public String reason(String error, boolean isNoImage) {
    return isNoImage && this == IMAGE_FILES ? error + IMAGES_ONLY : error;
  }
}

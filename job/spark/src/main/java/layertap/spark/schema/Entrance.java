package layertap.spark.schema;

/** Where a user meets layertap, for messages: each entrance has its own words for settings. */
public enum Entrance {
  /** A job with a configuration. */
  JOB,
  /** A transformer of DataFrames. */
  DATAFRAME;

  /** How a user computes a column from others. */
  public String computing(String column, String expression) {
    return this == JOB
        ? "set input.select { %s = \"%s\" }".formatted(column, expression)
        : "compute it before, with withColumn(\"%s\", expr(\"%s\"))".formatted(column, expression);
  }

  /** Where a user computes columns. */
  public String beforehand() {
    return this == JOB ? "in input.select" : "before";
  }

  /** What decides on invalid rows. */
  public String onInvalid() {
    return this == JOB ? "rows.on-invalid" : "onInvalid";
  }

  /** A row without a column that names it. */
  public String unnamedRow() {
    return this == JOB
        ? "(no column names it: set output.key)"
        : "(no column of numbers, texts or dates names it)";
  }
}

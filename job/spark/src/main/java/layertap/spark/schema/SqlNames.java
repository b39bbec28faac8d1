package layertap.spark.schema;

/** Names of columns and tables in Spark's SQL. */
public final class SqlNames {
  private SqlNames() {}

  /** A name in backquotes, whatever its characters. */
  public static String quoted(String name) {
    return "`%s`".formatted(name.replace("`", "``"));
  }
}

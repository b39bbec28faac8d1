package layertap.spark.failure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import layertap.failure.FirstLine;
import layertap.failure.UserException;

/** Says whose a failure of a database is, and which jar is missing. */
public final class JdbcFailures {
  private static final Pattern URL = Pattern.compile("jdbc:([a-z0-9]+):.*", Pattern.DOTALL);

  /** Drivers by what follows {@code jdbc:}, as Maven names their jars. */
  private static final Map<String, String> JARS =
      Map.ofEntries(
          Map.entry("postgresql", "org.postgresql:postgresql"),
          Map.entry("mysql", "com.mysql:mysql-connector-j"),
          Map.entry("mariadb", "org.mariadb.jdbc:mariadb-java-client"),
          Map.entry("sqlserver", "com.microsoft.sqlserver:mssql-jdbc"),
          Map.entry("oracle", "com.oracle.database.jdbc:ojdbc11"),
          Map.entry("db2", "com.ibm.db2:jcc"),
          Map.entry("sqlite", "org.xerial:sqlite-jdbc"),
          Map.entry("h2", "com.h2database:h2"),
          Map.entry("derby", "org.apache.derby:derbyclient"),
          Map.entry("snowflake", "net.snowflake:snowflake-jdbc"),
          Map.entry("redshift", "com.amazon.redshift:redshift-jdbc42"),
          Map.entry("clickhouse", "com.clickhouse:clickhouse-jdbc"),
          Map.entry("trino", "io.trino:trino-jdbc"),
          Map.entry("teradata", "com.teradata.jdbc:terajdbc"));

  /** SQL states that another try may not meet: connection, rollback, resources, the operator. */
  private static final List<String> PASSING = List.of("08", "40", "53", "57", "58");

  private static final String NO_DRIVER = "No suitable driver";

  private JdbcFailures() {}

  /**
   * The failure of an input that no driver reads; empty if it is another one.
   *
   * @param failure of opening the input
   * @param options of the reader, by their names in any case
   */
  public static Optional<UserException> withoutDriver(
      Throwable failure, Map<String, String> options) {
    String url = option(options, "url");
    Matcher jdbc = URL.matcher(url);
    boolean isMissing =
        failure instanceof ClassNotFoundException
            || String.valueOf(failure.getMessage()).contains(NO_DRIVER);
    if (!isMissing || !jdbc.matches()) {
      return Optional.empty();
    }
    String kind = jdbc.group(1);
    String driver = option(options, "driver");
    String jar = JARS.getOrDefault(kind, "");
    return Optional.of(
        new UserException(
            "cannot read the input by JDBC: no jar on the class path holds %s; add %s"
                .formatted(
                    driver.isEmpty()
                        ? "a driver for jdbc:%s".formatted(kind)
                        : "the driver %s".formatted(driver),
                    jar.isEmpty()
                        ? "the driver's jar with --jars"
                        : "%s with --packages %s:VERSION, or its jar with --jars"
                            .formatted(jar, jar)),
            failure));
  }

  private static String option(Map<String, String> options, String name) {
    return options.entrySet().stream()
        .filter(option -> option.getKey().toLowerCase(Locale.ROOT).equals(name))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("");
  }

  /**
   * What a database's own failure is: the environment's, if another try may do, else the user's.
   */
  static RuntimeException of(SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    boolean isPassing =
        failure instanceof SQLTransientException
            || failure instanceof SQLRecoverableException
            || PASSING.stream().anyMatch(state::startsWith);
    String fact = FirstLine.of(failure);
    boolean isWithoutDriver = fact.contains(NO_DRIVER);
    if (isPassing && !isWithoutDriver) {
      return new UncheckedIOException("cannot read the database", new IOException(fact, failure));
    }
    return isWithoutDriver
        ? new UserException(
            "cannot read the input by JDBC: an executor has no driver (%s); add its jar with --jars or"
                    .formatted(fact)
                + " --packages, which hand it to executors, too",
            failure)
        : new UserException(
            "cannot read the input by JDBC: %s; check input.options".formatted(fact), failure);
  }
}

package layertap.spark.schema;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import layertap.failure.FirstLine;
import layertap.failure.OutputException;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.CommandExecutionMode;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Checks before rows are computed whether a table of Spark's catalogs takes the columns of an
 * output. Driver only.
 */
public final class TableColumns {
  private static final String SESSION_CATALOG = "spark_catalog";

  /** Begins the settings that make catalogs, and replace the session's. */
  private static final String CATALOG_KEY = "spark.sql.catalog.";

  private final SparkSession spark;
  private final String table;

  /** Asks a table. */
  public TableColumns(SparkSession spark, String table) {
    this.spark = spark;
    this.table = table;
  }

  /**
   * The columns of an output in the order of the table.
   *
   * @throws OutputException if the table has other columns, or types that these cannot be stored as
   */
  public Column[] inOrder(StructType output) {
    List<String> there = List.of(spark.table(table).columns());
    List<String> here = List.of(output.fieldNames());
    boolean isSame =
        there.size() == here.size()
            && here.stream().allMatch(name -> there.stream().anyMatch(name::equalsIgnoreCase));
    if (!isSame) {
      throw new OutputException(
          ("cannot add to the table %s: its columns are %s, the features' are %s; "
                  + "change features and input.keep, or write to another output.table")
              .formatted(table, there, here));
    }
    Column[] columns = columns(there);
    requireStorable(output, columns);
    return columns;
  }

  /** As Spark sees to it when it writes. */
  private void requireStorable(StructType output, Column... inOrder) {
    try {
      LogicalPlan insert =
          spark.sessionState().sqlParser().parsePlan("INSERT INTO %s SELECT 1".formatted(table));
      LogicalPlan noRows =
          spark.createDataFrame(List.of(), output).select(inOrder).queryExecution().analyzed();
      LogicalPlan filled =
          insert.withNewChildren(CollectionConverters.asScala(List.of(noRows)).toSeq());
      spark.sessionState().executePlan(filled, CommandExecutionMode.SKIP()).assertAnalyzed();
    } catch (AnalysisException e) {
      throw new OutputException(
          "cannot add to the table %s: %s; change features and input.keep, or write to another output.table"
              .formatted(table, FirstLine.of(e)));
    }
  }

  /**
   * Goes on only if the table, which is not there, can be made with the columns.
   *
   * @throws OutputException if it cannot
   */
  public void requireCreatable(StructType output) {
    List<String> name = name();
    boolean namesCatalog = name.size() > 1 && isCatalog(name.get(0));
    String catalog = namesCatalog ? name.get(0) : spark.catalog().currentCatalog();
    if (!catalog.equals(SESSION_CATALOG)) {
      // Others may make what is missing, or have types of their own.
      requireWithoutVectors(output);
      return;
    }
    List<String> database = name.subList(namesCatalog ? 1 : 0, name.size() - 1);
    if (database.size() > 1) {
      throw new OutputException(
          ("cannot make the table %s: there is no catalog '%s'; name it by spark.sql.catalog.%s, or"
                  + " another output.table")
              .formatted(table, name.get(0), name.get(0)));
    }
    if (!database.isEmpty() && !spark.catalog().databaseExists(SqlNames.quoted(database.get(0)))) {
      throw new OutputException(
          "cannot make the table %s: there is no database '%s'; make it, or name another output.table"
              .formatted(table, database.get(0)));
    }
    if (spark.sessionState().conf().defaultDataSourceName().equals("parquet")) {
      ParquetColumns.require(output);
    }
  }

  /**
   * Where a table, which is not there, would be made; empty if its catalog alone knows. Spark's own
   * one refuses a folder that is not empty.
   */
  public Optional<URI> newFolder() {
    List<String> name = name();
    boolean namesCatalog = name.size() > 1 && isCatalog(name.get(0));
    String catalog = namesCatalog ? name.get(0) : spark.catalog().currentCatalog();
    if (!catalog.equals(SESSION_CATALOG) || spark.conf().contains(CATALOG_KEY + SESSION_CATALOG)) {
      return Optional.empty();
    }
    List<String> database = name.subList(namesCatalog ? 1 : 0, name.size() - 1);
    TableIdentifier table =
        new TableIdentifier(
            name.get(name.size() - 1), Option.apply(database.isEmpty() ? null : database.get(0)));
    return Optional.of(spark.sessionState().catalog().defaultTablePath(table));
  }

  /** What Spark refuses when all rows are computed. */
  private void requireWithoutVectors(StructType output) {
    for (StructField field : output.fields()) {
      if (field.dataType() instanceof UserDefinedType<?>) {
        throw new OutputException(
            ("cannot make the table %s: the column '%s' is a vector of Spark ML, which only tables of"
                    + " Spark's own catalog can hold; write it as = array")
                .formatted(table, field.name()));
      }
    }
  }

  /**
   * Goes on only if the name can be one.
   *
   * @throws OutputException if it cannot
   */
  public void requireName() {
    name();
  }

  /** By the setting that makes one: Spark's own class that knows differs by version. */
  private boolean isCatalog(String name) {
    return name.equals(SESSION_CATALOG) || spark.conf().contains(CATALOG_KEY + name);
  }

  /** Catalog, database and table, as far as they are named. */
  private List<String> name() {
    try {
      return CollectionConverters.asJava(
          spark.sessionState().sqlParser().parseMultipartIdentifier(table));
    } catch (ParseException e) {
      throw new OutputException(
          "cannot use output.table = %s: %s; write [catalog.][database.]table"
              .formatted(table, FirstLine.of(e)));
    }
  }

  private static Column[] columns(List<String> names) {
    return names.stream().map(name -> functions.col(SqlNames.quoted(name))).toArray(Column[]::new);
  }
}

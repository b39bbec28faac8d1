package layertap.spark.read;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import layertap.config.JobConfig;
import layertap.failure.UserException;
import layertap.report.Progress;
import layertap.spark.failure.AvroFailures;
import layertap.spark.failure.InputFailures;
import layertap.spark.failure.JdbcFailures;
import layertap.spark.feed.ColumnPath;
import layertap.spark.feed.FeedColumn;
import layertap.spark.schema.MadeColumns;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import scala.jdk.javaapi.CollectionConverters;

/** Reads the rows that a configuration names. */
public final class RowSource {
  private final SparkSession spark;
  private final JobConfig.Input input;

  public RowSource(SparkSession spark, JobConfig.Input input) {
    this.spark = spark;
    this.input = input;
  }

  /**
   * A column that something is fed from.
   *
   * @param namedBy what names it, for messages
   */
  public record NamedColumn(String name, String namedBy) {}

  /**
   * Rows with the columns that a job needs: those to keep or to name a row by, then one for each
   * feed.
   *
   * @param all what the source has, whatever {@code where} says
   * @param kept columns that are carried to the output
   * @param feeds the columns of feeds
   * @param fedTypes their types, as they are in the source
   * @param fedPaths their names there
   * @param size what is known of the source before it is read
   * @param rowCount counts rows where that is quick, beside whatever else is done
   * @param leftOut looks for files that are no rows, beside whatever else is done
   */
  public record Source(
      Dataset<Row> rows,
      Dataset<Row> all,
      List<StructField> kept,
      List<FeedColumn> feeds,
      List<DataType> fedTypes,
      List<ColumnPath> fedPaths,
      SourceSize size,
      Supplier<CompletableFuture<Long>> rowCount,
      Supplier<CompletableFuture<LeftOutFiles>> leftOut) {

    /** Positions of columns; of one that is spelled otherwise, whatever the case. */
    public List<Integer> positions(List<String> columns) {
      List<String> names = Arrays.asList(rows.columns());
      List<String> lower = names.stream().map(RowSource::lower).toList();
      return columns.stream()
          .map(name -> names.contains(name) ? names.indexOf(name) : lower.indexOf(lower(name)))
          .toList();
    }
  }

  /**
   * The rows, not read yet.
   *
   * @param fed in the order of the plan's feeds
   * @param nameColumns that name a row in messages
   * @param areCompared whether these are keys that are compared
   * @throws UserException if the input or a column is not there, or an expression is wrong
   */
  public Source open(List<NamedColumn> fed, List<String> nameColumns, boolean areCompared) {
    try {
      Dataset<Row> loaded = InputLoader.load(spark, input);
      Dataset<Row> read =
          input.isOfImageFiles() ? RowPerFile.of(spark, loaded, input.options()) : loaded;
      Dataset<Row> all = select(read);
      Optional<String> unhidden =
          RowPerFile.unhidden(loaded, read).filter(name -> !input.select().containsKey(name));
      List<String> kept = keptColumns(all, fed, unhidden);
      Set<String> carried = new LinkedHashSet<>(kept);
      List<String> names =
          nameColumns.stream().map(column -> resolve(all, column, "output.key")).toList();
      carried.addAll(names);
      List<String> asTexts =
          names.stream().filter(name -> areCompared || !kept.contains(name)).toList();
      ChosenColumns chosen = ChosenColumns.of(all, carried, asTexts, fed);
      return new Source(
          chosen.rows(),
          read,
          chosen.fields().subList(0, kept.size()),
          chosen.feeds(),
          chosen.fedTypes(),
          chosen.fedPaths(),
          SourceSize.of(loaded),
          () -> RowCount.of(loaded, all, input.isOfImageFiles()),
          () -> leftOut(loaded));
    } catch (Exception e) {
      Optional<UserException> missing =
          JdbcFailures.withoutDriver(e, input.options())
              .or(() -> AvroFailures.withoutModule(e, spark.version()));
      if (missing.isPresent()) {
        throw missing.get();
      }
      // Spark, in Scala, throws checked exceptions without declaring them.
      if (InputFailures.isRefusal(e)) {
        throw InputFailures.of(e);
      }
      throw e;
    }
  }

  /**
   * Rows that are there already, with all of their columns.
   *
   * @param fed in the order of the plan's feeds
   * @throws UserException if a column is not there, or two have one name
   */
  public static Source of(Dataset<Row> all, List<NamedColumn> fed) {
    requireDistinct(all);
    ChosenColumns chosen = ChosenColumns.of(all, Arrays.asList(all.columns()), List.of(), fed);
    return new Source(
        chosen.rows(),
        all,
        chosen.fields().subList(0, all.columns().length),
        chosen.feeds(),
        chosen.fedTypes(),
        chosen.fedPaths(),
        SourceSize.of(all),
        () -> CompletableFuture.completedFuture(Progress.UNKNOWN),
        () -> CompletableFuture.completedFuture(LeftOutFiles.NONE));
  }

  /** How many image files an input is; 0 if it is none. */
  public static long imageFiles(JobConfig.Input input, Source source) {
    return input.isOfImageFiles() ? source.size().files() : 0;
  }

  private static void requireDistinct(Dataset<Row> rows) {
    Set<String> names = new HashSet<>();
    for (String name : rows.columns()) {
      if (!names.add(lower(name))) {
        throw new UserException(
            ("cannot add features to the DataFrame: it has two columns called '%s' (upper and lower"
                    + " case count as equal); rename or drop one")
                .formatted(name));
      }
      if (lower(name).startsWith(ChosenColumns.FEED_PREFIX)) {
        throw new UserException(
            "cannot add features to the DataFrame: names such as '%s' are layertap's own; rename it"
                .formatted(name));
      }
    }
  }

  private CompletableFuture<LeftOutFiles> leftOut(Dataset<Row> loaded) {
    return InputLoader.fileIndex(loaded)
        .filter(index -> input.isOfImageFiles())
        .map(index -> CollectionConverters.asJava(index.rootPaths()))
        .map(roots -> LeftOutFiles.lookFor(spark, roots, input.options()))
        .orElseGet(() -> CompletableFuture.completedFuture(LeftOutFiles.NONE));
  }

  private Dataset<Row> select(Dataset<Row> rows) {
    Dataset<Row> selected = MadeColumns.add(rows, input.select());
    return InputFailures.naming("input.where", () -> where(rows, selected));
  }

  private Dataset<Row> where(Dataset<Row> rows, Dataset<Row> selected) {
    if (!UnreadableRows.areIn(rows)) {
      return input.where().isEmpty() ? selected : selected.where(input.where());
    }
    UnreadableRows.requireAllLeft(selected);
    return input.where().isEmpty()
        ? selected
        : UnreadableRows.where(selected, functions.expr(input.where()));
  }

  private List<String> keptColumns(
      Dataset<Row> rows, List<NamedColumn> fed, Optional<String> unhidden) {
    Set<String> kept = new LinkedHashSet<>();
    for (String column : input.keep()) {
      if (column.equals("*")) {
        Set<String> others = new LinkedHashSet<>(Arrays.asList(rows.columns()));
        fed.forEach(feed -> find(rows, feed.name(), feed.namedBy()).ifPresent(others::remove));
        others.remove(UnreadableRows.COLUMN);
        unhidden.ifPresent(others::remove);
        kept.addAll(others);
      } else {
        kept.add(resolve(rows, column, "input.keep"));
      }
    }
    return List.copyOf(kept);
  }

  /** The column's own spelling of its name. */
  private static String resolve(Dataset<Row> rows, String column, String key) {
    return find(rows, column, key).orElseThrow(() -> ChosenColumns.unknown(rows, column, key));
  }

  /** The same; where Spark tells upper from lower case, several columns may be meant. */
  private static Optional<String> find(Dataset<Row> rows, String column, String key) {
    List<String> names = Arrays.asList(rows.columns());
    if (names.contains(column)) {
      return Optional.of(column);
    }
    List<String> alike = names.stream().filter(column::equalsIgnoreCase).distinct().toList();
    if (alike.size() > 1) {
      throw new UserException(
          "cannot tell which column '%s' of %s is: the input has %s; write it as the input does"
              .formatted(column, key, String.join(", ", alike)));
    }
    return alike.stream().findFirst();
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}

package layertap.spark.read;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import layertap.failure.NearestNames;
import layertap.failure.UserException;
import layertap.spark.feed.FeedColumn;
import layertap.spark.feed.PackFunction;
import layertap.spark.schema.ExactRows;
import layertap.spark.schema.SqlNames;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Rows with the columns that are carried, then those of feeds, then the one that says why a row
 * cannot be read, if there is one.
 *
 * @param fields of all of them, as they were before feeds were packed
 * @param feeds where the values of feeds stand
 * @param fedTypes of these columns
 */
record ChosenColumns(
    Dataset<Row> rows, List<StructField> fields, List<FeedColumn> feeds, List<DataType> fedTypes) {
  /** Begins the names of columns that feeds read. */
  static final String FEED_PREFIX = "_layertap_feed_";

  /** What Spark takes for all columns. */
  private static final String ALL = "*";

  /** Spark's word for fields of one name. */
  private static final String AMBIGUOUS = "AMBIGUOUS_REFERENCE_TO_FIELDS";

  /**
   * Chooses columns.
   *
   * @param asTexts those of the carried that stay as they are; texts in others become bytes
   */
  static ChosenColumns of(
      Dataset<Row> all,
      Collection<String> carried,
      Collection<String> asTexts,
      List<RowSource.NamedColumn> fed) {
    List<Column> columns = new ArrayList<>();
    carried.forEach(column -> columns.add(all.col(SqlNames.quoted(column))));
    for (int i = 0; i < fed.size(); i++) {
      columns.add(column(all, fed.get(i)).as(FEED_PREFIX + i));
    }
    int fedEnd = columns.size();
    boolean isReasonLeftOut =
        carried.stream().noneMatch(UnreadableRows.COLUMN::equalsIgnoreCase)
            && UnreadableRows.areIn(all);
    if (isReasonLeftOut) {
      columns.add(all.col(UnreadableRows.COLUMN));
    }
    Dataset<Row> rows = all.select(columns.toArray(Column[]::new));
    List<StructField> fields = Arrays.asList(rows.schema().fields());
    List<FeedColumn> feeds = new ArrayList<>();
    for (int i = carried.size(); i < fedEnd; i++) {
      feeds.add(FeedColumn.of(i, fields.get(i).dataType()));
    }
    List<DataType> fedTypes =
        fields.subList(carried.size(), fedEnd).stream().map(StructField::dataType).toList();
    List<String> inBytes =
        carried.stream()
            .filter(name -> !asTexts.contains(name))
            // Its texts are read here.
            .filter(name -> !name.equalsIgnoreCase(UnreadableRows.COLUMN))
            .toList();
    return new ChosenColumns(packed(inBytes(rows, inBytes), feeds), fields, feeds, fedTypes);
  }

  private static Dataset<Row> inBytes(Dataset<Row> rows, List<String> names) {
    Column[] columns =
        Arrays.stream(rows.schema().fields())
            .map(
                field -> {
                  Column column = rows.col(SqlNames.quoted(field.name()));
                  DataType type = ExactRows.carried(field.dataType());
                  return !names.contains(field.name()) || type.equals(field.dataType())
                      ? column
                      : column.cast(type).as(field.name(), field.metadata());
                })
            .toArray(Column[]::new);
    return rows.select(columns);
  }

  private static Dataset<Row> packed(Dataset<Row> rows, List<FeedColumn> feeds) {
    Dataset<Row> packed = rows;
    for (FeedColumn feed : feeds) {
      if (feed.isPacked()) {
        StructField field = rows.schema().fields()[feed.position()];
        Column arrays = rows.col(SqlNames.quoted(field.name()));
        packed =
            packed.withColumn(
                field.name(),
                PackFunction.pack(arrays, (ArrayType) field.dataType())
                    .as(field.name(), field.metadata()));
      }
    }
    return packed;
  }

  /** A column, or a field inside one: {@code image.data}. */
  private static Column column(Dataset<Row> rows, RowSource.NamedColumn fed) {
    String name = fed.name();
    if (Arrays.asList(rows.columns()).contains(name)) {
      return rows.col(SqlNames.quoted(name));
    }
    if (name.equals(ALL)) {
      throw unknown(rows, name, fed.namedBy());
    }
    try {
      return rows.col(name);
    } catch (Exception e) {
      // Spark, in Scala, throws checked exceptions without declaring them.
      if (e instanceof AnalysisException refusal) {
        throw AMBIGUOUS.equals(refusal.getCondition())
            ? new UserException(
                ("cannot read the field '%s' that %s names: several fields have this name; rename or"
                        + " drop all but one")
                    .formatted(name, fed.namedBy()))
            : unknown(rows, name, fed.namedBy());
      }
      throw e;
    }
  }

  static UserException unknown(Dataset<Row> rows, String column, String key) {
    List<String> names =
        Arrays.stream(rows.schema().fields())
            .filter(field -> !field.name().equals(UnreadableRows.COLUMN))
            .flatMap(ChosenColumns::names)
            .toList();
    return new UserException(
        ("cannot read the column '%s' that %s names: the input has no such column; "
                + "nearest: %s")
            .formatted(column, key, String.join(", ", NearestNames.of(column, names))));
  }

  /** Of a column or field, and of all fields in it. */
  private static Stream<String> names(StructField column) {
    Stream<String> fields =
        column.dataType() instanceof StructType struct
            ? Arrays.stream(struct.fields())
                .flatMap(ChosenColumns::names)
                .map(field -> column.name() + "." + field)
            : Stream.of();
    return Stream.concat(Stream.of(column.name()), fields);
  }
}

package layertap.spark.read;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import layertap.failure.NearestNames;
import layertap.failure.UserException;
import layertap.spark.feed.ColumnPath;
import layertap.spark.feed.FeedColumn;
import layertap.spark.feed.PackFunction;
import layertap.spark.schema.Entrance;
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
 * @param fedPaths of these columns
 */
record ChosenColumns(
    Dataset<Row> rows,
    List<StructField> fields,
    List<FeedColumn> feeds,
    List<DataType> fedTypes,
    List<ColumnPath> fedPaths) {
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
    List<String> names = Arrays.asList(all.columns());
    List<ColumnPath> fedPaths =
        fed.stream().map(column -> ColumnPath.of(column.name(), names)).toList();
    return new ChosenColumns(
        packed(inBytes(rows, inBytes), feeds), fields, feeds, fedTypes, fedPaths);
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
      throw unknownField(rows, name, fed.namedBy());
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
            : unknownField(rows, name, fed.namedBy());
      }
      throw e;
    }
  }

  /** No column of that name is there; fields inside columns do not count. */
  static UserException unknown(Dataset<Row> rows, String column, String key) {
    List<String> names = Arrays.asList(rows.columns());
    List<ColumnPath> columns = columns(rows).map(field -> path(field, names)).toList();
    return columns(rows)
        .flatMap(field -> paths(path(field, names), field))
        .filter(path -> !columns.contains(path) && isNamed(path, column))
        .findFirst()
        .map(field -> noColumn(field, key))
        .orElseGet(() -> unknown(column, key, columns));
  }

  private static UserException noColumn(ColumnPath field, String key) {
    return new UserException(
        "cannot read the column '%s' that %s names: it is a field inside a column; %s, and name '%s'"
            .formatted(
                field.text(),
                key,
                Entrance.JOB.computing(field.made(), field.sql()),
                field.made()));
  }

  private static boolean isNamed(ColumnPath path, String text) {
    return path.text().equalsIgnoreCase(text) || path.sql().equalsIgnoreCase(text);
  }

  /** Neither a column nor a field of that name is there. */
  private static UserException unknownField(Dataset<Row> rows, String column, String key) {
    List<String> names = Arrays.asList(rows.columns());
    return unknown(
        column, key, columns(rows).flatMap(field -> paths(path(field, names), field)).toList());
  }

  private static UserException unknown(String column, String key, List<ColumnPath> there) {
    // Quotes make no name farther.
    Map<String, String> texts = new LinkedHashMap<>();
    there.forEach(path -> texts.putIfAbsent(String.join(".", path.names()), path.text()));
    List<String> nearest =
        NearestNames.of(column.replace("`", ""), texts.keySet()).stream().map(texts::get).toList();
    return new UserException(
        ("cannot read the column '%s' that %s names: the input has no such column; "
                + "nearest: %s")
            .formatted(column, key, String.join(", ", nearest)));
  }

  private static Stream<StructField> columns(Dataset<Row> rows) {
    return Arrays.stream(rows.schema().fields())
        .filter(field -> !field.name().equals(UnreadableRows.COLUMN));
  }

  private static ColumnPath path(StructField column, List<String> columns) {
    return new ColumnPath(List.of(column.name()), columns);
  }

  /** Of a column or field, and of all fields in it. */
  private static Stream<ColumnPath> paths(ColumnPath path, StructField column) {
    Stream<ColumnPath> fields =
        column.dataType() instanceof StructType struct
            ? Arrays.stream(struct.fields())
                .flatMap(field -> paths(path.field(field.name()), field))
            : Stream.of();
    return Stream.concat(Stream.of(path), fields);
  }
}

package layertap.spark.read;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.failure.OutputException;
import layertap.spark.schema.ExactRows;
import layertap.spark.schema.RowName;
import layertap.spark.schema.SqlNames;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.VariantType;

/**
 * The keys of an input's rows, each with the number of its row's partition; read once, without what
 * else is in the rows, and kept until they are closed. Keys of files can be read after that too.
 */
public final class InputKeys implements AutoCloseable {
  public static final String PARTITION = "_layertap_partition";
  private static final String TIMES = "_layertap_times";
  private static final String HASH = "_layertap_hash";

  private final SparkSession spark;
  private final List<StructField> fields;
  private final Dataset<Row> all;
  private final Dataset<Row> keys;

  private InputKeys(SparkSession spark, List<StructField> fields, Dataset<Row> all) {
    this.spark = spark;
    this.fields = fields;
    this.all = all;
    this.keys =
        UnreadableRows.areIn(all)
            ? all.where(functions.not(isWithoutKey())).drop(UnreadableRows.COLUMN)
            : all;
  }

  /**
   * Reads the keys.
   *
   * @param names of the key's columns
   * @throws OutputException if a key is null or there twice; but rows that the source could not
   *     read have none
   */
  public static InputKeys read(SparkSession spark, RowSource.Source source, List<String> names) {
    List<StructField> fields = require(source, names);
    List<Column> columns = new ArrayList<>(fields.stream().map(InputKeys::column).toList());
    if (UnreadableRows.areIn(source.rows())) {
      columns.add(functions.col(UnreadableRows.COLUMN));
    }
    Dataset<Row> all =
        source
            .rows()
            .select(columns.toArray(Column[]::new))
            .withColumn(PARTITION, functions.spark_partition_id())
            .persist();
    InputKeys read = new InputKeys(spark, fields, all);
    try {
      read.requireUnique();
      return read;
    } catch (Throwable e) {
      // Whatever it is: Spark, in Scala, throws checked exceptions without declaring them.
      read.close();
      throw e;
    }
  }

  /**
   * The columns of a key, if rows can be found again by it in an output; reads no rows.
   *
   * @param names of the key's columns
   * @throws OutputException if they are not in the output, or their values cannot be compared
   */
  public static List<StructField> require(RowSource.Source source, List<String> names) {
    List<StructField> fields = new ArrayList<>();
    List<Integer> positions = source.positions(names);
    ColumnOrigin origin = new ColumnOrigin(source.rows());
    for (int i = 0; i < names.size(); i++) {
      StructField field = source.rows().schema().fields()[positions.get(i)];
      requireKept(source, field.name(), names.get(i));
      requireComparable(field);
      origin.requireSteady(field.name());
      fields.add(field);
    }
    return fields;
  }

  private static Column column(StructField field) {
    return functions.col(SqlNames.quoted(field.name()));
  }

  private static void requireKept(RowSource.Source source, String column, String name) {
    if (source.kept().stream().noneMatch(field -> field.name().equals(column))) {
      throw new OutputException(
          ("cannot find rows again by '%s': output.key names it, but it is not in the "
                  + "output; add it to input.keep")
              .formatted(name));
    }
  }

  private static void requireComparable(StructField field) {
    boolean isCompared =
        Stream.of(
                BinaryType.class,
                ArrayType.class,
                MapType.class,
                StructType.class,
                VariantType.class)
            .noneMatch(type -> type.isInstance(field.dataType()));
    if (!isCompared) {
      throw new OutputException(
          ("cannot tell rows apart by '%s': its type is %s; let output.key name columns "
                  + "of numbers, strings, dates or times")
              .formatted(field.name(), field.dataType().simpleString()));
    }
  }

  private Column isNull() {
    return fields.stream().map(field -> column(field).isNull()).reduce(Column::or).orElseThrow();
  }

  private Column isWithoutKey() {
    return functions.col(UnreadableRows.COLUMN).isNotNull().and(isNull());
  }

  /** Rows that the source could not read and that have no key; they are not among the keys. */
  public UnreadableRows.WithoutKey withoutKey() {
    return UnreadableRows.areIn(all)
        ? UnreadableRows.WithoutKey.of(all.where(isWithoutKey()))
        : new UnreadableRows.WithoutKey(0, List.of());
  }

  private void requireUnique() {
    if (!keys.where(isNull()).isEmpty()) {
      throw new OutputException(
          ("cannot tell rows apart by %s: it is null in some rows; filter them by "
                  + "input.where, or set another output.key")
              .formatted(names()));
    }
    fields.stream()
        .filter(field -> field.dataType() instanceof StringType)
        .forEach(this::requireText);
    Dataset<Row> counted = keys.groupBy(columns()).agg(functions.count(functions.lit(1)).as(TIMES));
    List<Row> twice = ExactRows.of(counted.where(functions.col(TIMES).gt(1))).takeAsList(1);
    if (!twice.isEmpty()) {
      throw new OutputException(
          ("cannot tell rows apart by %s: %s is there %s times; filter the input, or "
                  + "set another output.key")
              .formatted(names(), text(twice.get(0)), twice.get(0).getLong(fields.size())));
    }
  }

  private void requireText(StructField field) {
    if (!keys.where(functions.not(functions.is_valid_utf8(column(field)))).isEmpty()) {
      throw new OutputException(
          ("cannot tell rows apart by '%s': a text in it is not UTF-8; set input.select { %1$s = "
                  + "\"hex(%1$s)\" }, or filter the row")
              .formatted(field.name()));
    }
  }

  /**
   * Goes on only if no key is in the output yet.
   *
   * @throws OutputException if one is
   */
  public void requireNoneOf(Dataset<Row> existing) {
    Dataset<Row> there = keys.join(existing, existing.columns(), "left_semi");
    List<Row> both = ExactRows.of(there).takeAsList(1);
    if (!both.isEmpty()) {
      throw new OutputException(
          ("cannot append: the row %s is in the output already; filter the input, or "
                  + "set output.mode to resume, which adds those that are missing")
              .formatted(text(both.get(0))));
    }
  }

  /** Those that are not in the output yet. */
  public Dataset<Row> missing(Dataset<Row> existing) {
    return keys.join(existing, existing.columns(), "left_anti");
  }

  /** A number for each key: the same for equal keys, and for others but by rare chance not. */
  public Set<Long> hashes(Dataset<Row> ofKeys) {
    return Set.copyOf(hashed(ofKeys).collectAsList());
  }

  /** Those of some hashes that belong to keys of the input. */
  public Set<Long> hashesOfInput(Set<Long> wanted) {
    return hashesAmong(keys, wanted);
  }

  /** Those of some hashes that belong to these keys. */
  public Set<Long> hashesAmong(Dataset<Row> ofKeys, Set<Long> wanted) {
    Dataset<Long> given = spark.createDataset(List.copyOf(wanted), Encoders.LONG());
    return Set.copyOf(hashed(ofKeys).intersect(given).collectAsList());
  }

  private Dataset<Long> hashed(Dataset<Row> ofKeys) {
    return ofKeys.select(functions.xxhash64(columns()).as(HASH)).as(Encoders.LONG()).distinct();
  }

  public Column[] columns() {
    return fields.stream().map(InputKeys::column).toArray(Column[]::new);
  }

  public List<StructField> fields() {
    return fields;
  }

  public List<String> fieldNames() {
    return fields.stream().map(StructField::name).toList();
  }

  private String names() {
    return String.join(", ", fieldNames());
  }

  private String text(Row row) {
    return RowName.of(row, IntStream.range(0, fields.size()).boxed().toList());
  }

  @Override
  public void close() {
    all.unpersist(false);
  }
}

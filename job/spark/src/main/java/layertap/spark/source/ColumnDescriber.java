package layertap.spark.source;

import java.util.ArrayList;
import java.util.List;
import layertap.spark.schema.NestedType;
import layertap.spark.schema.RowValues;
import layertap.suggest.feed.DescribedColumn;
import layertap.suggest.feed.DescribedColumn.Kind;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Describes the columns of a schema, with the values of one row. */
final class ColumnDescriber {
  private ColumnDescriber() {}

  /**
   * The columns, fields of structs included.
   *
   * @param row null if there is none
   */
  static List<DescribedColumn> describe(StructType schema, Row row) {
    List<DescribedColumn> columns = new ArrayList<>();
    for (int i = 0; i < schema.length(); i++) {
      StructField field = schema.fields()[i];
      Object value = row == null ? null : row.get(i);
      if (field.dataType() instanceof StructType struct && !RowValues.isImage(struct)) {
        Row inner = value instanceof Row found ? found : null;
        describe(struct, inner).stream()
            .map(
                column ->
                    new DescribedColumn(
                        field.name() + "." + column.name(),
                        column.type(),
                        column.kind(),
                        column.depth(),
                        column.sample()))
            .forEach(columns::add);
      } else {
        columns.add(column(field.name(), field.dataType(), value));
      }
    }
    return columns;
  }

  private static DescribedColumn column(String name, DataType type, Object value) {
    NestedType nested = NestedType.of(type);
    boolean isVector = nested.element().equals(SQLDataTypes.VectorType());
    return new DescribedColumn(
        name,
        type.simpleString(),
        isVector ? Kind.NUMBERS : kind(nested.element()),
        isVector ? nested.depth() + 1 : nested.depth(),
        value == null ? null : RowValues.toJava(value));
  }

  private static Kind kind(DataType type) {
    if (RowValues.isImage(type)) {
      return Kind.IMAGES;
    }
    boolean isWhole =
        type instanceof ByteType
            || type instanceof ShortType
            || type instanceof IntegerType
            || type instanceof LongType
            || (type instanceof DecimalType decimal && decimal.scale() == 0);
    if (isWhole) {
      return Kind.WHOLE_NUMBERS;
    }
    if (type instanceof NumericType) {
      return Kind.NUMBERS;
    }
    if (type instanceof BooleanType) {
      return Kind.TRUTH_VALUES;
    }
    if (type instanceof StringType) {
      return Kind.TEXTS;
    }
    return type instanceof BinaryType ? Kind.BYTES : Kind.OTHER;
  }
}

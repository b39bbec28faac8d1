package layertap.spark.tfrecord;

import layertap.failure.UserException;
import layertap.input.record.ExampleColumn;
import layertap.input.record.FeatureKind;
import layertap.spark.schema.NestedType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;

/** Columns of Examples in Spark's types. */
final class ExampleTypes {
  private static final int DEEPEST = 2;

  private ExampleTypes() {}

  static StructField field(ExampleColumn column) {
    DataType type =
        switch (column.kind()) {
          case BYTES -> DataTypes.BinaryType;
          case TEXT -> DataTypes.StringType;
          case FLOAT -> DataTypes.FloatType;
          case INT64 -> DataTypes.LongType;
        };
    for (int i = 0; i < column.depth(); i++) {
      type = DataTypes.createArrayType(type);
    }
    return DataTypes.createStructField(column.name(), type, true);
  }

  /**
   * The column that a field asks for.
   *
   * @throws UserException if no feature is of its type
   */
  static ExampleColumn column(StructField field) {
    NestedType type = NestedType.of(field.dataType());
    FeatureKind kind = kind(type.element());
    if (kind == null || type.depth() > DEEPEST) {
      throw new UserException(
          ("cannot read TFRecord files with the column '%s' of type %s: features are bigint, float,"
                  + " binary or string, or arrays or arrays of arrays of these; name one of these"
                  + " types, and cast it in input.select")
              .formatted(field.name(), field.dataType().catalogString()));
    }
    return new ExampleColumn(field.name(), kind, type.depth());
  }

  private static FeatureKind kind(DataType type) {
    if (type.equals(DataTypes.BinaryType)) {
      return FeatureKind.BYTES;
    }
    if (type.equals(DataTypes.StringType)) {
      return FeatureKind.TEXT;
    }
    if (type.equals(DataTypes.FloatType)) {
      return FeatureKind.FLOAT;
    }
    return type.equals(DataTypes.LongType) ? FeatureKind.INT64 : null;
  }
}

package layertap.spark.schema;

import java.util.Arrays;
import layertap.graph.Dtype;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** The column type of each dtype that is stored as it is, and the Java class of such values. */
enum ElementType {
  FLOAT(Dtype.FLOAT32, DataTypes.FloatType, float.class),
  DOUBLE(Dtype.FLOAT64, DataTypes.DoubleType, double.class),
  INTEGER(Dtype.INT32, DataTypes.IntegerType, int.class),
  LONG(Dtype.INT64, DataTypes.LongType, long.class),
  BOOLEAN(Dtype.BOOL, DataTypes.BooleanType, boolean.class),
  STRING(Dtype.STRING, DataTypes.StringType, String.class);

  private final Dtype dtype;

  // Spark's types are immutable, but do not say so.
  @SuppressWarnings("ImmutableEnumChecker")
  private final DataType column;

  private final Class<?> javaClass;

  ElementType(Dtype dtype, DataType column, Class<?> javaClass) {
    this.dtype = dtype;
    this.column = column;
    this.javaClass = javaClass;
  }

  /** The row of a dtype that features are stored in. */
  static ElementType of(org.tensorflow.proto.DataType dtype) {
    return Arrays.stream(values())
        .filter(row -> row.dtype.type() == dtype)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no column type for %s".formatted(dtype)));
  }

  /** The row of the values in a column; strings, if it is no other. */
  static ElementType of(DataType column) {
    return Arrays.stream(values())
        .filter(row -> row.column.equals(column))
        .findFirst()
        .orElse(STRING);
  }

  /** The type of a column of such values. */
  DataType column() {
    return column;
  }

  /** The class of a value in Java, of numbers and booleans the primitive one. */
  Class<?> javaClass() {
    return javaClass;
  }
}

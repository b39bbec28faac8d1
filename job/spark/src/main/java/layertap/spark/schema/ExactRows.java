package layertap.spark.schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Rows that functions get and give with the values that Spark keeps. Dates and instants are of
 * {@code java.time} there, whatever the session says: the calendar of {@code java.sql} lacks ten
 * days of October 1582 and gives later ones for them. Driver only.
 */
public final class ExactRows {
  private static final String JAVA_TIME = "spark.sql.datetime.java8API.enabled";

  private ExactRows() {}

  /** The same rows for functions and callers. */
  public static Dataset<Row> of(Dataset<Row> rows) {
    return rows.as(encoder(rows.sparkSession(), rows.schema()));
  }

  /** How rows become Spark's, if functions got theirs from {@link #of}. */
  public static Encoder<Row> encoder(SparkSession spark, StructType type) {
    SQLConf settings = spark.sessionState().conf().clone();
    settings.setConfString(JAVA_TIME, "true");
    return SQLConf.withExistingConf(settings, () -> Encoders.row(type));
  }

  /**
   * The type in which functions carry values that they do not read: texts as bytes, since Spark's
   * may hold bytes that are no UTF-8, of which a {@link String} has others. Keys of maps stay what
   * they are.
   */
  public static DataType carried(DataType type) {
    if (type instanceof StringType) {
      return DataTypes.BinaryType;
    }
    if (type instanceof ArrayType array) {
      return DataTypes.createArrayType(carried(array.elementType()), array.containsNull());
    }
    if (type instanceof MapType map) {
      return DataTypes.createMapType(
          map.keyType(), carried(map.valueType()), map.valueContainsNull());
    }
    return type instanceof StructType struct
        // Not by DataTypes, which refuse fields of one name.
        ? new StructType(
            Arrays.stream(struct.fields())
                .map(field -> withType(field, carried(field.dataType())))
                .toArray(StructField[]::new))
        : type;
  }

  private static StructField withType(StructField field, DataType type) {
    return DataTypes.createStructField(field.name(), type, field.nullable(), field.metadata());
  }

  /**
   * The type of rows that functions give, if they carry their first columns as they got them.
   *
   * @param type of the rows as they are meant
   * @param got the rows that functions get
   */
  public static StructType given(StructType type, StructType got, int carried) {
    StructField[] fields = type.fields().clone();
    for (int i = 0; i < carried; i++) {
      fields[i] = withType(fields[i], got.fields()[i].dataType());
    }
    return new StructType(fields);
  }

  /**
   * The columns as they were meant: encoders know neither metadata nor collations, and texts were
   * bytes on their way.
   *
   * @param made rows from an encoder of that type
   * @param metadata by the names of columns
   */
  public static Dataset<Row> restored(
      Dataset<Row> made, StructType type, Map<String, Metadata> metadata) {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < type.length(); i++) {
      StructField field = type.fields()[i];
      Column column = made.col(SqlNames.quoted(field.name()));
      DataType encoded = made.schema().fields()[i].dataType();
      // A type of Python's own cannot be given back: its values stay what they are stored as.
      boolean isLost = !encoded.equals(field.dataType()) && Cast.canCast(encoded, field.dataType());
      columns.add(
          (isLost ? column.cast(field.dataType()) : column)
              .as(field.name(), metadata.getOrDefault(field.name(), Metadata.empty())));
    }
    return made.select(columns.toArray(Column[]::new));
  }
}

package layertap.benchmark;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.encoders.ExpressionEncoder;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** How Spark turns its own rows into those that a job sees, and these into its own. */
final class SparkRows {
  private SparkRows() {}

  /** A column {@code x} without nulls. */
  static StructType schema(DataType type) {
    return new StructType().add("x", type, false);
  }

  static ExpressionEncoder.Deserializer<Row> deserializer(StructType schema) {
    ExpressionEncoder<Row> encoder = ExpressionEncoder.apply(schema);
    return encoder
        .resolveAndBind(encoder.resolveAndBind$default$1(), encoder.resolveAndBind$default$2())
        .createDeserializer();
  }

  static ExpressionEncoder.Serializer<Row> serializer(StructType schema) {
    return ExpressionEncoder.apply(schema).createSerializer();
  }
}

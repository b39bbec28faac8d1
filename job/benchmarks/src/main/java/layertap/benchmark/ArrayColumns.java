package layertap.benchmark;

import java.util.List;
import java.util.concurrent.TimeUnit;
import layertap.graph.TensorShape;
import layertap.input.value.TensorConverter;
import layertap.spark.feed.FeedColumn;
import layertap.spark.feed.PackFunction;
import layertap.tensor.HostTensor;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.encoders.ExpressionEncoder;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.tensorflow.proto.DataType;

/**
 * An array of numbers from Spark's own row to the tensor of a feed: {@code packed} as bytes, as
 * jobs do it, and {@code boxed} as Spark hands arrays out, with an object for each number.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ArrayColumns {
  private static final ArrayType ARRAY = DataTypes.createArrayType(DataTypes.FloatType, false);

  @Param({"100", "12288"})
  public int numbers;

  private final PackFunction function = PackFunction.of(ARRAY);
  private final FeedColumn packedColumn = new FeedColumn(0, true);
  private final FeedColumn boxedColumn = new FeedColumn(0, false);
  private UnsafeArrayData array;
  private TensorConverter converter;
  private ExpressionEncoder.Deserializer<Row> packedRows;
  private ExpressionEncoder.Deserializer<Row> boxedRows;

  @Setup
  public void open() {
    array = UnsafeArrayData.fromPrimitiveArray(Values.floats(numbers));
    converter = new TensorConverter(DataType.DT_FLOAT, TensorShape.of(List.of((long) numbers)));
    packedRows = SparkRows.deserializer(SparkRows.schema(DataTypes.BinaryType));
    boxedRows = SparkRows.deserializer(SparkRows.schema(ARRAY));
  }

  @Benchmark
  public HostTensor packed() {
    Row row = packedRows.apply(row(function.invoke(array)));
    return converter.convert(packedColumn.value(row));
  }

  @Benchmark
  public HostTensor boxed() {
    return converter.convert(boxedColumn.value(boxedRows.apply(row(array))));
  }

  private static InternalRow row(Object value) {
    return new GenericInternalRow(new Object[] {value});
  }
}

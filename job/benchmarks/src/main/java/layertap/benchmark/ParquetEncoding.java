package layertap.benchmark;

import java.io.IOException;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Rows of Spark with 1,280 numbers each into Parquet, as Spark's writer does it, compressed by
 * zstd, into memory that is dropped: {@code arrays}, {@code vectors} and {@code float16} as jobs
 * hand them out, {@code boxed} with an object for each number.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ParquetEncoding {
  private static final int WIDTH = 1280;
  private static final DataType ARRAY = DataTypes.createArrayType(DataTypes.FloatType, false);

  @Param("256")
  public int rows;

  private ParquetRows arrays;
  private ParquetRows vectors;
  private ParquetRows float16;
  private ParquetRows boxed;

  @Setup
  public void make() {
    float[] values = Values.activations(WIDTH);
    double[] doubles = new double[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      doubles[i] = values[i];
    }
    arrays = written(ARRAY, values);
    boxed = written(ARRAY, CollectionConverters.asScala(Values.boxed(values)).toSeq());
    vectors = written(SQLDataTypes.VectorType(), Vectors.dense(doubles));
    byte[] halves = new byte[WIDTH * Short.BYTES];
    for (int i = 0; i < WIDTH; i++) {
      // The upper half of a float stands for a half-precision one: as many bytes, as random.
      int bits = Float.floatToRawIntBits(values[i]) >>> Short.SIZE;
      halves[2 * i] = (byte) bits;
      halves[2 * i + 1] = (byte) (bits >>> Byte.SIZE);
    }
    float16 = written(DataTypes.BinaryType, halves);
  }

  private ParquetRows written(DataType type, Object value) {
    return new ParquetRows(type, Collections.nCopies(rows, RowFactory.create(value)));
  }

  @Benchmark
  public long arrays() throws IOException {
    return arrays.write();
  }

  @Benchmark
  public long vectors() throws IOException {
    return vectors.write();
  }

  @Benchmark
  public long float16() throws IOException {
    return float16.write();
  }

  @Benchmark
  public long boxed() throws IOException {
    return boxed.write();
  }
}

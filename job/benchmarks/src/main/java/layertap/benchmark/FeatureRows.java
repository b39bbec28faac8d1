package layertap.benchmark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import layertap.spark.schema.FeatureColumn;
import layertap.tensor.HostTensor;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Fetched tensors of a batch, 1,280 numbers a row, into rows of Spark: {@code arrays} by default,
 * {@code vectors} with {@code as = vector}, {@code float16} with {@code store = float16}; {@code
 * boxed} would make an object of each number.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class FeatureRows {
  private static final int WIDTH = 1280;
  private static final String FEATURES =
      "{ output = y, column = a }, { output = y, column = b, as = vector },"
          + " { output = y, column = c, store = float16 }";

  @Param("32")
  public int batch;

  private List<FeatureColumn> columns;
  private final List<HostTensor> fetched = new ArrayList<>();

  @Setup
  public void fetch() throws IOException {
    HostTensor fed = HostTensor.of(new long[] {batch, WIDTH}, Values.activations(batch * WIDTH));
    try (OpenedModel model =
        OpenedModel.open(at -> GeneratedModel.identity(at, WIDTH), FEATURES, batch)) {
      columns = FeatureColumn.of(model.extractor().plan().features());
      for (FeatureColumn column : columns) {
        fetched.add(model.run(fed, column.feature().fetch()));
      }
    }
  }

  private List<Row> rows(int feature) {
    List<Row> rows = new ArrayList<>(batch);
    for (int i = 0; i < batch; i++) {
      rows.add(RowFactory.create(columns.get(feature).value(fetched.get(feature).row(i))));
    }
    return rows;
  }

  @Benchmark
  public List<Row> arrays() {
    return rows(0);
  }

  @Benchmark
  public List<Row> vectors() {
    return rows(1);
  }

  @Benchmark
  public List<Row> float16() {
    return rows(2);
  }

  @Benchmark
  public List<Row> boxed() {
    List<Row> rows = new ArrayList<>(batch);
    for (int i = 0; i < batch; i++) {
      rows.add(RowFactory.create(Values.boxed((float[]) fetched.get(0).row(i).values())));
    }
    return rows;
  }
}

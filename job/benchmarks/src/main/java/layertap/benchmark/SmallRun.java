package layertap.benchmark;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import layertap.input.value.NumberList;
import layertap.tensor.HostTensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Rows of 100 numbers through a dense layer of 64 units, which is hardly any work: what a row and a
 * batch cost around the ops. {@code session} runs tensors, {@code extractor} makes them of rows and
 * rows of them.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SmallRun {
  private static final int WIDTH = 100;
  private static final int UNITS = 64;

  @Param({"1", "8", "32"})
  public int batch;

  private OpenedModel model;
  private HostTensor tensor;
  private List<Object[]> rows;

  @Setup
  public void open() throws IOException {
    model = OpenedModel.open(at -> GeneratedModel.dense(at, WIDTH, UNITS), "{ output = y }", batch);
    tensor = HostTensor.of(new long[] {batch, WIDTH}, Values.floats(batch * WIDTH));
    rows = Collections.nCopies(batch, new Object[] {new NumberList(Values.floats(WIDTH))});
  }

  @TearDown
  public void close() {
    model.close();
  }

  @Benchmark
  public Object session() {
    return model.run(tensor);
  }

  @Benchmark
  public Object extractor() {
    return Valid.rows(model.extractor().extract(rows).rows());
  }
}

package layertap.benchmark;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
 * A batch of rows of 224x224x3 numbers into a session and out of it, beside a plain copy of these
 * numbers in Java's memory: what a run costs beside its ops.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BatchTransfer {
  private static final int WIDTH = 224 * 224 * 3;

  @Param("8")
  public int batch;

  private OpenedModel feeding;
  private OpenedModel fetching;
  private float[] numbers;
  private HostTensor wide;
  private HostTensor narrow;
  private List<HostTensor> rows;

  @Setup
  public void open() throws IOException {
    numbers = Values.floats(batch * WIDTH);
    wide = HostTensor.of(new long[] {batch, WIDTH}, numbers);
    narrow = HostTensor.of(new long[] {batch, 1}, Values.floats(batch));
    rows = IntStream.range(0, batch).mapToObj(wide::row).toList();
    feeding = OpenedModel.open(at -> GeneratedModel.first(at, WIDTH), "{ output = y }", batch);
    fetching = OpenedModel.open(at -> GeneratedModel.repeated(at, WIDTH), "{ output = y }", batch);
  }

  @TearDown
  public void close() {
    feeding.close();
    fetching.close();
  }

  @Benchmark
  public Object copy() {
    return numbers.clone();
  }

  @Benchmark
  public Object feed() {
    return feeding.run(wide);
  }

  @Benchmark
  public Object feedRows() {
    return feeding.run(HostTensor.stack(rows));
  }

  /** As before rows were fed one after another: a copy of all of them is fed. */
  @Benchmark
  public Object feedRowsJoined() {
    float[] joined = (float[]) HostTensor.stack(rows).values();
    return feeding.run(HostTensor.of(new long[] {batch, WIDTH}, joined));
  }

  @Benchmark
  public Object fetch() {
    return fetching.run(narrow);
  }
}

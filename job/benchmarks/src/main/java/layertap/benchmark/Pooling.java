package layertap.benchmark;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
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
 * The mean of maps of 7x7x1280 over their axes of space: in the graph, from which it comes as 1,280
 * numbers a row, and in Java, with the whole map fetched.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Pooling {
  private static final int SIDE = 7;
  private static final int CHANNELS = 1280;

  @Param("8")
  public int batch;

  private OpenedModel pooled;
  private OpenedModel whole;
  private HostTensor maps;

  @Setup
  public void open() throws IOException {
    pooled = model("{ output = y, pool = avg }");
    whole = model("{ output = y }");
    maps =
        HostTensor.of(
            new long[] {batch, SIDE, SIDE, CHANNELS},
            Values.activations(batch * SIDE * SIDE * CHANNELS));
  }

  private OpenedModel model(String feature) throws IOException {
    return OpenedModel.open(
        at -> GeneratedModel.identity(at, SIDE, SIDE, CHANNELS), feature, batch);
  }

  @TearDown
  public void close() {
    pooled.close();
    whole.close();
  }

  @Benchmark
  public Object inGraph() {
    return pooled.run(maps).values();
  }

  @Benchmark
  public Object inJava() {
    float[] fetched = (float[]) whole.run(maps).values();
    float[] means = new float[batch * CHANNELS];
    for (int row = 0; row < batch; row++) {
      for (int place = 0; place < SIDE * SIDE; place++) {
        int start = (row * SIDE * SIDE + place) * CHANNELS;
        for (int channel = 0; channel < CHANNELS; channel++) {
          means[row * CHANNELS + channel] += fetched[start + channel] / (SIDE * SIDE);
        }
      }
    }
    return means;
  }
}

package layertap.spark.task;

import com.codahale.metrics.Counter;
import com.codahale.metrics.DefaultSettableGauge;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.SettableGauge;
import com.codahale.metrics.SharedMetricRegistries;
import java.util.Map;
import layertap.process.ProcessState;
import layertap.report.TaskReport;
import layertap.tensorflow.TensorFlowRuntime;

/**
 * What the tasks of an executor did so far, attempts that failed included. Thread-safe.
 *
 * <p>Spark may load this class twice in a JVM, once for the plugin and once for tasks; the registry
 * is one all the same, for its class is Spark's.
 */
public final class ExecutorMetrics {
  private static final String SHARED = "layertap";

  private final Counter rows;
  private final Counter invalidRows;
  private final Counter batches;
  private final Counter sessionOpens;
  private final Counter decodeNanos;
  private final Counter inferenceNanos;
  private final Counter writeNanos;
  private final SettableGauge<Long> nativeBytes;
  private final SettableGauge<Integer> batchSize;

  /** The metrics that a registry holds. */
  ExecutorMetrics(MetricRegistry registry) {
    this.rows = registry.counter("rows");
    this.invalidRows = registry.counter("invalid-rows");
    this.batches = registry.counter("batches");
    this.sessionOpens = registry.counter("session-opens");
    this.decodeNanos = registry.counter("decode-nanos");
    this.inferenceNanos = registry.counter("inference-nanos");
    this.writeNanos = registry.counter("write-nanos");
    this.nativeBytes = registry.gauge("native-bytes", () -> new DefaultSettableGauge<>(0L));
    this.batchSize = registry.gauge("batch-size", () -> new DefaultSettableGauge<>(0));
  }

  /** The metrics of this JVM. */
  public static ExecutorMetrics ofThisJvm() {
    return ProcessState.ofThisJvm()
        .get(
            ExecutorMetrics.class,
            () -> new ExecutorMetrics(SharedMetricRegistries.getOrCreate(SHARED)));
  }

  /** Makes the metrics part of a registry of Spark's. */
  public void register(MetricRegistry registry) {
    Map.of(
            "rows", rows,
            "invalid-rows", invalidRows,
            "batches", batches,
            "session-opens", sessionOpens,
            "decode-seconds", seconds(decodeNanos),
            "inference-seconds", seconds(inferenceNanos),
            "write-seconds", seconds(writeNanos),
            "native-bytes", nativeBytes,
            "batch-size", batchSize)
        .forEach(registry::register);
  }

  private static Gauge<Double> seconds(Counter nanos) {
    return () -> nanos.getCount() / 1e9;
  }

  /** Adds what a task did lately. */
  void add(TaskReport news) {
    rows.inc(news.rows().read());
    invalidRows.inc(news.rows().invalid());
    batches.inc(news.batches());
    sessionOpens.inc(news.sessionOpens());
    decodeNanos.inc(news.times().decode());
    inferenceNanos.inc(news.times().inference());
    writeNanos.inc(news.times().write());
    if (news.batches() > 0) {
      nativeBytes.setValue(TensorFlowRuntime.nativeBytes());
    }
    if (news.batchSize() > 0) {
      batchSize.setValue(news.batchSize());
    }
  }
}

package layertap.spark.task;

import com.codahale.metrics.Counter;
import com.codahale.metrics.DefaultSettableGauge;
import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.SettableGauge;
import com.codahale.metrics.SharedMetricRegistries;
import java.util.Map;
import layertap.report.TaskReport;
import layertap.tensorflow.TensorFlowRuntime;

/**
 * What the tasks of an executor did so far, attempts that failed included. Spark may load this
 * class twice in a JVM, once for the plugin and once for tasks; the registry is one all the same,
 * for its class is Spark's. Thread-safe.
 */
public final class ExecutorMetrics {
  private static final MetricRegistry SHARED = SharedMetricRegistries.getOrCreate("layertap");
  private static final Counter ROWS = SHARED.counter("rows");
  private static final Counter INVALID_ROWS = SHARED.counter("invalid-rows");
  private static final Counter BATCHES = SHARED.counter("batches");
  private static final Counter SESSION_OPENS = SHARED.counter("session-opens");
  private static final Counter DECODE_NANOS = SHARED.counter("decode-nanos");
  private static final Counter INFERENCE_NANOS = SHARED.counter("inference-nanos");
  private static final Counter WRITE_NANOS = SHARED.counter("write-nanos");
  private static final SettableGauge<Long> NATIVE_BYTES =
      SHARED.gauge("native-bytes", () -> new DefaultSettableGauge<>(0L));

  private ExecutorMetrics() {}

  /** Makes the metrics part of a registry of Spark's. */
  public static void register(MetricRegistry registry) {
    Map.of(
            "rows", ROWS,
            "invalid-rows", INVALID_ROWS,
            "batches", BATCHES,
            "session-opens", SESSION_OPENS,
            "decode-seconds", seconds(DECODE_NANOS),
            "inference-seconds", seconds(INFERENCE_NANOS),
            "write-seconds", seconds(WRITE_NANOS),
            "native-bytes", NATIVE_BYTES)
        .forEach(registry::register);
  }

  private static Gauge<Double> seconds(Counter nanos) {
    return () -> nanos.getCount() / 1e9;
  }

  /** Adds what a task did lately. */
  static void add(TaskReport news) {
    ROWS.inc(news.rows().read());
    INVALID_ROWS.inc(news.rows().invalid());
    BATCHES.inc(news.batches());
    SESSION_OPENS.inc(news.sessionOpens());
    DECODE_NANOS.inc(news.times().decode());
    INFERENCE_NANOS.inc(news.times().inference());
    WRITE_NANOS.inc(news.times().write());
    if (news.batches() > 0) {
      NATIVE_BYTES.setValue(TensorFlowRuntime.nativeBytes());
    }
  }
}

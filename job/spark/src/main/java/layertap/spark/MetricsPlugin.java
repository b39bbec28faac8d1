package layertap.spark;

import java.util.Map;
import layertap.spark.task.ExecutorMetrics;
import org.apache.spark.SparkConf;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Shows what executors do to Spark's metrics system, and so to its sinks. Made by Spark by its
 * name, which the job adds to {@code spark.plugins}.
 */
public final class MetricsPlugin implements SparkPlugin {
  private static final String PLUGINS = "spark.plugins";

  /** Adds the plugin to those of a session that has not started yet. */
  static void addTo(SparkConf conf) {
    String name = MetricsPlugin.class.getName();
    String others = conf.get(PLUGINS, "");
    conf.set(PLUGINS, others.isBlank() ? name : others + "," + name);
  }

  @Override
  public DriverPlugin driverPlugin() {
    // Spark takes it for none.
    return null;
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(PluginContext context, Map<String, String> configuration) {
        ExecutorMetrics.ofThisJvm().register(context.metricRegistry());
      }
    };
  }
}

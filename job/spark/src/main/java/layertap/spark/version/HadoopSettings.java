package layertap.spark.version;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import scala.reflect.ClassTag$;

/** Hadoop's settings on their way to executors. */
public final class HadoopSettings {
  private HadoopSettings() {}

  /**
   * Hands settings to executors, once each. Spark's own method for it is new in 4.1.
   *
   * @return the broadcast, which Spark's cleaner ends when it is forgotten
   */
  public static Broadcast<SerializableConfiguration> broadcast(
      SparkContext spark, Configuration settings) {
    return spark.broadcast(
        new SerializableConfiguration(settings),
        ClassTag$.MODULE$.apply(SerializableConfiguration.class));
  }
}

package layertap.spark.featurizer;

import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What the settings of a session say to Hadoop: {@code spark.hadoop.fs.…}, as an application has
 * them, and {@code fs.…}, as Spark's own readers take them from a session.
 */
final class SessionHadoop {
  private static final String PREFIX = "spark.hadoop.";
  private static final String SPARK = "spark.";

  private SessionHadoop() {}

  /** Hadoop's configuration, by which the session's DataFrames reach a model. */
  static Configuration configuration(SparkSession spark) {
    Configuration hadoop = spark.sessionState().newHadoopConf();
    SparkConf application = spark.sparkContext().conf();
    settings(spark)
        .forEach(
            (key, value) -> {
              // What the application has is in there, unless it was changed there since.
              boolean isOwn = !value.equals(application.get(key, null));
              if (key.startsWith(PREFIX) && isOwn) {
                hadoop.set(key.substring(PREFIX.length()), value);
              }
            });
    return hadoop;
  }

  /** The same as properties of a process of its own, beside those of this JVM. */
  static Map<String, String> properties(SparkSession spark) {
    Map<String, String> properties = new HashMap<>();
    settings(spark)
        .forEach(
            (key, value) -> {
              if (key.startsWith(PREFIX)) {
                properties.put(key, value);
              } else if (!key.startsWith(SPARK)) {
                properties.putIfAbsent(PREFIX + key, value);
              }
            });
    return properties;
  }

  private static Map<String, String> settings(SparkSession spark) {
    return CollectionConverters.asJava(spark.conf().getAll());
  }
}

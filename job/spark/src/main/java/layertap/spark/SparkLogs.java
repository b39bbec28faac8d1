package layertap.spark;

import java.net.URI;
import java.net.URISyntaxException;
import layertap.tensorflow.TensorFlowRuntime;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.DefaultConfiguration;
import org.apache.spark.SparkConf;

/**
 * Decides what Spark, Hadoop and TensorFlow log in this process, between the lines of layertap's
 * own. By default Spark logs each of its steps.
 */
public final class SparkLogs {
  /** A property that names a configuration of log4j. */
  private static final String CONFIGURATION = "log4j2.configurationFile";

  /** Where Spark's own configurations are, which hold where nobody gave one. */
  private static final String OF_SPARK = "/org/apache/spark/";

  /** What spark-submit sets, and nobody else. */
  private static final String SUBMITTED = "spark.submit.deployMode";

  private SparkLogs() {}

  /**
   * Leaves out what users cannot act on, unless somebody configured the log. To be called before
   * Spark is used.
   */
  public static void quieten() {
    boolean isSubmitted = System.getProperty(SUBMITTED) != null;
    boolean isConfigured = System.getProperty(CONFIGURATION) != null;
    // To ask starts log4j, which commands without Spark do not need.
    if (isSubmitted && !isConfigured && LogManager.getContext(false) instanceof LoggerContext log) {
      quieten(log);
    }
  }

  /** The same of one log. */
  static void quieten(LoggerContext log) {
    URI place = log.getConfigLocation();
    boolean isDefault =
        log.getConfiguration() instanceof DefaultConfiguration
            || (place != null && place.toString().contains(OF_SPARK));
    if (isDefault) {
      // Else Spark, which noted that nobody gave one, would load its own later, and say so.
      new SparkConf(false).initializeLogIfNecessary(false /* no shell */, true /* silent */);
      log.setConfigLocation(configuration());
    }
  }

  private static URI configuration() {
    try {
      return SparkLogs.class.getResource("log4j2.properties").toURI();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the place of a resource is a URI", e);
    }
  }

  /**
   * Lets TensorFlow log all, and Spark what it logs by itself: what a user's own configuration
   * says, if there is one.
   */
  public static void logAll() {
    TensorFlowRuntime.logAll();
    String given = System.getProperty(CONFIGURATION, "");
    if (given.endsWith("/layertap/spark/log4j2.properties")) {
      Configurator.setAllLevels(LogManager.ROOT_LOGGER_NAME, Level.INFO);
    }
  }
}

package layertap.spark.session;

import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.classic.SparkSession;
import scala.jdk.javaapi.OptionConverters;

/**
 * Finds, starts and stops the session of a command, by the class of sessions that are not of Spark
 * Connect: the static methods of the general one look that class up by Scala's reflection, which
 * takes half a second.
 */
public final class Sessions {
  private Sessions() {}

  /** The session that this JVM has. */
  public static Optional<SparkSession> running() {
    return OptionConverters.toJava(SparkSession.getDefaultSession());
  }

  /** The session of this JVM, or a new one with these settings, which the caller stops. */
  public static SparkSession start(SparkConf conf) {
    Thread thread = Thread.currentThread();
    ClassLoader loader = thread.getContextClassLoader();
    thread.setContextClassLoader(
        new ExtensionLoader(loader == null ? Sessions.class.getClassLoader() : loader));
    try {
      return SparkSession.builder().config(conf).getOrCreate();
    } finally {
      thread.setContextClassLoader(loader);
    }
  }

  /** Stops a session without a word: what Spark logs meanwhile would hide the last line. */
  public static void stop(SparkSession spark) {
    spark.sparkContext().setLogLevel("OFF");
    spark.stop();
  }
}

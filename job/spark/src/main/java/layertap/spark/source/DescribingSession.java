package layertap.spark.source;

import java.util.function.Function;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import scala.Option;

/** A Spark session in which a schema is read. */
final class DescribingSession {
  private DescribingSession() {}

  /** Works with the session of this JVM, or with one that is stopped again. */
  static <T> T with(Function<SparkSession, T> work) {
    Option<SparkSession> running = SparkSession.getDefaultSession();
    if (running.isDefined()) {
      return work.apply(running.get());
    }
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.master", "local[1]");
    conf.setIfMissing("spark.app.name", "layertap init");
    conf.setIfMissing("spark.ui.enabled", "false");
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    SparkSession spark = SparkSession.builder().config(conf).getOrCreate();
    try {
      return work.apply(spark);
    } finally {
      // What Spark logs while it stops would hide the last line.
      spark.sparkContext().setLogLevel("OFF");
      spark.stop();
    }
  }
}

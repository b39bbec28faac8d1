package layertap.spark.source;

import java.util.Optional;
import java.util.function.Function;
import layertap.spark.session.Sessions;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** A Spark session in which a schema is read. */
final class DescribingSession {
  private DescribingSession() {}

  /** Works with the session of this JVM, or with one that is stopped again. */
  static <T> T with(Function<SparkSession, T> work) {
    Optional<? extends SparkSession> running = Sessions.running();
    if (running.isPresent()) {
      return work.apply(running.get());
    }
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.master", "local[1]");
    conf.setIfMissing("spark.app.name", "layertap init");
    conf.setIfMissing("spark.ui.enabled", "false");
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    // A classic.SparkSession, as its stop takes it; here that name is the general one.
    var spark = Sessions.start(conf);
    try {
      return work.apply(spark);
    } finally {
      Sessions.stop(spark);
    }
  }
}

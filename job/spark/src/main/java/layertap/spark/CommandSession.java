package layertap.spark;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import scala.Option;

/**
 * The Spark session of a command: the one that this JVM has, which goes on afterwards, or one of
 * the command's own. Used by one thread.
 */
final class CommandSession implements AutoCloseable {
  private final SparkConf conf;
  private final Option<SparkSession> given;
  private CompletableFuture<SparkSession> starting;

  private CommandSession(SparkConf conf) {
    this.conf = conf;
    this.given = SparkSession.getDefaultSession();
  }

  /** A session that is not started yet; the caller closes it. */
  static CommandSession of(SparkConf conf) {
    return new CommandSession(conf);
  }

  SparkConf conf() {
    return conf;
  }

  /** Whether somebody else started it. */
  boolean isGiven() {
    return given.isDefined();
  }

  /** Starts it beside whatever the caller does next. */
  void startAside() {
    if (given.isDefined()) {
      return;
    }
    // spark-submit loads the job by a class loader of its own, which finds the plugin, too.
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    starting =
        CompletableFuture.supplyAsync(
            () -> {
              Thread.currentThread().setContextClassLoader(loader);
              return start();
            },
            task -> new Thread(task, "layertap-spark-start").start());
  }

  private SparkSession start() {
    return SparkSession.builder().config(conf).getOrCreate();
  }

  /** The session, as soon as it is started. */
  SparkSession get() {
    if (given.isDefined()) {
      return given.get();
    }
    if (starting == null) {
      starting = CompletableFuture.completedFuture(start());
    }
    try {
      return starting.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException failure ? failure : e;
    }
  }

  /** Stops what was started, if need be once it has started. */
  @Override
  public void close() {
    if (given.isDefined()) {
      return;
    }
    if (starting != null) {
      starting.handle((spark, failure) -> spark).join();
    }
    Option<SparkSession> started = SparkSession.getDefaultSession();
    if (started.isDefined()) {
      // What Spark logs while it stops would hide the last line.
      started.get().sparkContext().setLogLevel("OFF");
      started.get().stop();
    }
  }
}

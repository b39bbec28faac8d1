package layertap.spark;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import layertap.spark.session.Sessions;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * The Spark session of a command: the one that this JVM has, which goes on afterwards, or one of
 * the command's own. Used by one thread.
 */
final class CommandSession implements AutoCloseable {
  private final SparkConf conf;
  private final Optional<? extends SparkSession> given;
  private CompletableFuture<SparkSession> starting;

  private CommandSession(SparkConf conf) {
    this.conf = conf;
    this.given = Sessions.running();
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
    return given.isPresent();
  }

  /** Starts it beside whatever the caller does next. */
  void startAside() {
    if (given.isPresent()) {
      return;
    }
    // spark-submit loads the job by a class loader of its own, which finds the plugin, too.
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    starting =
        CompletableFuture.supplyAsync(
            () -> {
              Thread.currentThread().setContextClassLoader(loader);
              return Sessions.start(conf);
            },
            task -> new Thread(task, "layertap-spark-start").start());
  }

  /** The session, as soon as it is started. */
  SparkSession get() {
    if (given.isPresent()) {
      return given.get();
    }
    if (starting == null) {
      starting = CompletableFuture.completedFuture(Sessions.start(conf));
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
    if (given.isPresent()) {
      return;
    }
    if (starting != null) {
      starting.handle((spark, failure) -> spark).join();
    }
    Sessions.running().ifPresent(Sessions::stop);
  }
}

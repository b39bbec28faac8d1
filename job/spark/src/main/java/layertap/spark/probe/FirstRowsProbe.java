package layertap.spark.probe;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import layertap.config.JobConfig;
import layertap.extract.ShippedObjects;
import layertap.failure.FirstLine;
import layertap.hadoop.ModelPlace;
import layertap.plan.FirstRowsPlan;
import layertap.process.DaemonThread;
import layertap.report.FirstRows;
import layertap.report.Progress;
import layertap.spark.failure.CauseText;
import layertap.spark.failure.SparkFailures;
import layertap.spark.probe.FirstRowsPartition.Seen;
import layertap.spark.read.RowSource;
import layertap.spark.version.HadoopSettings;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import scala.Function1;

/**
 * Reads the first rows of an input and has them fed, beside whatever else the driver does. Driver
 * only; whoever starts it closes it.
 *
 * <pre>
 *   files ─▶ first partition ─▶ its first rows, fed in the same task ─▶ what is told of them
 *                 has too few ─▶ rows of the next ones, too ──┐
 *   a database or the like ─▶ its first rows, by a limit ─────┴▶ fed in a task of their own
 * </pre>
 */
public final class FirstRowsProbe implements AutoCloseable {
  private final CompletableFuture<FirstRows> found = new CompletableFuture<>();
  private final Optional<JavaFutureAction<List<byte[]>>> first;

  /** {@link #found}, once it was told. */
  private CompletableFuture<FirstRows> told = found;

  private boolean isClosed;

  private FirstRowsProbe(Optional<JavaFutureAction<List<byte[]>>> first) {
    this.first = first;
  }

  /** A look at nothing. */
  public static FirstRowsProbe none() {
    FirstRowsProbe probe = unanswered();
    probe.found.complete(FirstRows.NONE);
    return probe;
  }

  /** A look that failed. */
  static FirstRowsProbe failed(Throwable failure) {
    FirstRowsProbe probe = unanswered();
    probe.found.completeExceptionally(failure);
    return probe;
  }

  /** A look that finds nothing by itself. */
  static FirstRowsProbe unanswered() {
    return new FirstRowsProbe(Optional.empty());
  }

  /**
   * Starts to look. Before this returns, Spark has been given the task: it comes before those of
   * later jobs.
   *
   * @param count how many rows; nothing is read if it is 0
   * @param hadoop settings of the session
   */
  public static FirstRowsProbe start(
      SparkSession spark,
      JobConfig config,
      Configuration hadoop,
      FirstRowsPlan plan,
      RowSource.Source source,
      int count) {
    if (count == 0 || plan.feeds().isEmpty()) {
      return none();
    }
    try {
      // Only files are read no further than somebody asks for rows.
      boolean isOfFiles = source.size().files() != Progress.UNKNOWN;
      JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
      JavaRDD<Row> rows =
          isOfFiles
              ? rows(source.rows())
              : shipped(
                  context,
                  source.rows().limit(count).collectAsList().stream()
                      .map(ShippedObjects::bytes)
                      .toList());
      FirstRowsPartition function =
          new FirstRowsPartition(
              ModelPlace.of(config.model().path(), hadoop),
              ShippedObjects.bytes(plan),
              source.feeds(),
              HadoopSettings.broadcast(spark.sparkContext(), hadoop),
              config.run().batchSeconds(),
              spark.sparkContext().conf().getInt("spark.task.cpus", 1),
              count,
              rows.getNumPartitions() == 1 ? 1 : count);
      FirstRowsProbe probe =
          new FirstRowsProbe(Optional.of(rows.mapPartitions(function).takeAsync(1)));
      // takeAsync leaves its own name to the jobs that follow.
      context.clearCallSite();
      DaemonThread.start("layertap-first-rows", () -> probe.look(rows, function));
      return probe;
    } catch (Exception e) {
      return failed(e);
    }
  }

  /** As javaRDD, which makes one more plan for how rows become those of Java. */
  private static JavaRDD<Row> rows(Dataset<Row> rows) {
    Function1<Object, Object> toRow = CatalystTypeConverters.createToScalaConverter(rows.schema());
    return rows.queryExecution().toRdd().toJavaRDD().map(row -> (Row) toRow.apply(row));
  }

  /** One partition of rows that come as bytes: not every serializer of Spark's takes rows. */
  private static JavaRDD<Row> shipped(JavaSparkContext context, List<byte[]> rows) {
    return context.parallelize(rows, 1).map(bytes -> ShippedObjects.read(bytes, Row.class));
  }

  private void look(JavaRDD<Row> rows, FirstRowsPartition function) {
    try {
      List<byte[]> seen = first.orElseThrow().get();
      found.complete(
          seen.isEmpty() ? FirstRows.NONE : enough(Seen.of(seen.get(0)), rows, function));
    } catch (ExecutionException e) {
      found.completeExceptionally(e.getCause());
    } catch (Throwable e) {
      // Whatever it is: Spark throws checked exceptions that it does not declare, and whoever waits
      // for what is found would wait for ever.
      found.completeExceptionally(e);
    }
  }

  /**
   * What is known of the first partition's rows, or, if they are too few, of the first ones of all.
   */
  private static FirstRows enough(Seen seen, JavaRDD<Row> rows, FirstRowsPartition function) {
    if (seen.rows() >= function.fewest()) {
      return seen.found();
    }
    JavaRDD<Row> more =
        shipped(
            JavaSparkContext.fromSparkContext(rows.context()),
            rows.map(ShippedObjects::bytes).take(function.count()));
    return Seen.of(more.mapPartitions(function.ofAll()).first()).found();
  }

  /**
   * Tells what is found as soon as it is. A failure does not end the job, which will fail by itself
   * if it must.
   *
   * @param log takes the ranges and the warnings
   */
  public FirstRowsProbe tellTo(PrintStream log) {
    told =
        found.handle(
            (rows, failure) -> {
              tell(rows, failure, log);
              return failure == null ? rows : FirstRows.NONE;
            });
    return this;
  }

  private synchronized void tell(FirstRows rows, Throwable failure, PrintStream log) {
    if (isClosed) {
      return;
    }
    if (failure != null) {
      // Spark's own message begins with stages and tasks, not with what is the matter.
      String reason = CauseText.withCause(SparkFailures.cause(failure));
      log.println("layertap: warning: cannot look at the first rows: " + FirstLine.of(reason));
      return;
    }
    rows.ranges().forEach(range -> log.println("layertap: " + range.text(rows.rows())));
    rows.warnings().forEach(warning -> log.println("layertap: warning: " + warning));
  }

  /** What was found, once it is told; if it is told, nothing where looking failed. */
  public FirstRows found() {
    try {
      return told.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException failure ? failure : e;
    }
  }

  /**
   * As {@link #found()}, for a job that is otherwise done: a task that hangs on a slow machine must
   * not hold its output back.
   *
   * @param patience after which looking has failed
   */
  public FirstRows foundWithin(Duration patience) {
    CompletableFuture.delayedExecutor(patience.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> giveUp(patience));
    return found();
  }

  private void giveUp(Duration patience) {
    String reason =
        "their task is not done %s s after all others; layertap plan --rows looks at them"
            .formatted(patience.toSeconds());
    if (found.completeExceptionally(new IllegalStateException(reason))) {
      first.ifPresent(task -> task.cancel(true));
    }
  }

  /** Looks no longer, and tells nothing any more. */
  @Override
  public synchronized void close() {
    isClosed = true;
    if (!found.isDone()) {
      first.ifPresent(task -> task.cancel(true));
    }
  }
}

package layertap.spark.run;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import layertap.spark.task.LiveCounts;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import scala.Tuple4;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Prints a line of progress every so many seconds while a job runs, whatever happens or does not.
 * What running tasks did comes with the heartbeats of their executors. Lives on the driver.
 */
public final class ProgressListener extends SparkListener implements AutoCloseable {
  private final long started = System.nanoTime();
  private final Map<Long, Counts> running = new HashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(ProgressListener::daemon);
  private Counts done = Counts.NONE;
  private int tasks;
  private int tasksDone;
  private int tasksFailed;

  /**
   * Starts to print.
   *
   * @param seconds between lines; 0 for none
   */
  public ProgressListener(PrintStream out, int seconds) {
    if (seconds > 0) {
      timer.scheduleAtFixedRate(
          () -> out.println(line(System.nanoTime() - started)), seconds, seconds, TimeUnit.SECONDS);
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "layertap-progress");
    thread.setDaemon(true);
    return thread;
  }

  private record Counts(long rows, long invalidRows) {
    static final Counts NONE = new Counts(0, 0);

    Counts plus(Counts other) {
      return new Counts(rows + other.rows, invalidRows + other.invalidRows);
    }

    static Counts of(Iterable<AccumulableInfo> accumulables) {
      Counts counts = NONE;
      for (AccumulableInfo info : accumulables) {
        if (info.update().isDefined() && info.update().get() instanceof Long count) {
          String name = info.name().isDefined() ? info.name().get() : "";
          counts =
              switch (name) {
                case LiveCounts.ROWS -> counts.plus(new Counts(count, 0));
                case LiveCounts.INVALID_ROWS -> counts.plus(new Counts(0, count));
                default -> counts;
              };
        }
      }
      return counts;
    }
  }

  @Override
  public synchronized void onStageSubmitted(SparkListenerStageSubmitted stage) {
    tasks += stage.stageInfo().numTasks();
  }

  @Override
  public synchronized void onTaskStart(SparkListenerTaskStart task) {
    running.put(task.taskInfo().taskId(), Counts.NONE);
  }

  /** What an attempt did that failed, or that another one forestalled, does not count. */
  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd task) {
    running.remove(task.taskInfo().taskId());
    if (task.taskInfo().successful()) {
      tasksDone++;
      done = done.plus(Counts.of(CollectionConverters.asJava(task.taskInfo().accumulables())));
    } else if (task.taskInfo().failed()) {
      tasksFailed++;
    }
  }

  @Override
  public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    for (Tuple4<Object, Object, Object, Seq<AccumulableInfo>> task :
        CollectionConverters.asJava(update.accumUpdates())) {
      // A heartbeat may come after its task's end.
      running.replace((Long) task._1(), Counts.of(CollectionConverters.asJava(task._4())));
    }
  }

  /** What is to be said after so many nanoseconds. */
  public synchronized String line(long nanos) {
    Counts counts = running.values().stream().reduce(done, Counts::plus);
    return String.format(
        Locale.ROOT,
        "layertap: %,d rows, %.1f rows/s, %,d invalid, %,d of %,d tasks done%s",
        counts.rows,
        counts.rows / (nanos / 1e9),
        counts.invalidRows,
        tasksDone,
        tasks,
        tasksFailed == 0 ? "" : String.format(Locale.ROOT, ", %,d failed", tasksFailed));
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}

package layertap.spark;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.Tuple4;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Prints a line of progress now and then while a job runs. Lives on the driver. */
final class ProgressListener extends SparkListener {
  /** Name of the accumulator that counts rows. */
  static final String ROWS_READ = "layertap rows read";

  private static final long INTERVAL_NANOS = 5_000_000_000L;

  private final PrintStream out;
  private final long started = System.nanoTime();
  private final Map<Long, Long> rowsOfTask = new HashMap<>();
  private long lastPrinted = started;
  private int tasks;
  private int tasksDone;

  ProgressListener(PrintStream out) {
    this.out = out;
  }

  @Override
  public synchronized void onStageSubmitted(SparkListenerStageSubmitted stage) {
    tasks += stage.stageInfo().numTasks();
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd task) {
    tasksDone++;
    count(task.taskInfo().taskId(), CollectionConverters.asJava(task.taskInfo().accumulables()));
    print();
  }

  @Override
  public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    for (Tuple4<Object, Object, Object, Seq<AccumulableInfo>> task :
        CollectionConverters.asJava(update.accumUpdates())) {
      count((Long) task._1(), CollectionConverters.asJava(task._4()));
    }
    print();
  }

  private void count(long task, Iterable<AccumulableInfo> accumulables) {
    for (AccumulableInfo info : accumulables) {
      boolean isRows = info.name().isDefined() && info.name().get().equals(ROWS_READ);
      if (isRows && info.update().isDefined() && info.update().get() instanceof Long rows) {
        rowsOfTask.put(task, rows);
      }
    }
  }

  private void print() {
    long now = System.nanoTime();
    if (now - lastPrinted < INTERVAL_NANOS) {
      return;
    }
    lastPrinted = now;
    long rows = rowsOfTask.values().stream().mapToLong(Long::longValue).sum();
    out.println(
        String.format(
            Locale.ROOT,
            "layertap: %,d rows, %.1f rows/s, %d %% of tasks done",
            rows,
            rows / ((now - started) / 1e9),
            tasks == 0 ? 0 : 100L * tasksDone / tasks));
  }
}

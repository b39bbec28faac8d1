package layertap.spark.run;

import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import layertap.process.DaemonThread;
import layertap.report.PrintedLines;
import layertap.report.Progress;
import layertap.report.Progress.TaskCounts;
import layertap.report.RowCounts;
import layertap.spark.task.LiveCounts;
import layertap.spark.task.TaskReports;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import scala.Tuple4;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Shows the progress of a job while it runs: on a terminal a bar, elsewhere a line every so many
 * seconds, whatever happens or does not. Only tasks that extract count, not those that look for
 * keys or merge files. What running tasks did comes with the heartbeats of their executors, and in
 * local mode from the tasks. Lives on the driver; Spark's listener thread and a timer use it.
 */
public final class ProgressListener extends SparkListener implements AutoCloseable {
  private static final int BAR_MILLIS = 500;

  private final PrintStream out;
  private final Map<Integer, Stage> stages = new HashMap<>();
  private final Map<Long, Counts> running = new HashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> DaemonThread.of("layertap-progress", work));
  private long rowsInAll = Progress.UNKNOWN;
  private long started;

  /**
   * Starts to show it.
   *
   * @param seconds between lines; 0 for neither lines nor a bar
   */
  public ProgressListener(PrintStream out, int seconds) {
    this.out = out;
    if (seconds > 0 && out instanceof PrintedLines lines && lines.isTerminal()) {
      timer.scheduleAtFixedRate(
          () -> lines.showStatus(bar()), BAR_MILLIS, BAR_MILLIS, TimeUnit.MILLISECONDS);
    } else if (seconds > 0) {
      timer.scheduleAtFixedRate(this::printLine, seconds, seconds, TimeUnit.SECONDS);
    }
  }

  /** A stage whose tasks extract. */
  private static final class Stage {
    private final int tasks;
    private int done;
    private int failed;
    private Counts counts = Counts.NONE;

    Stage(int tasks) {
      this.tasks = tasks;
    }
  }

  private record Counts(long rows, long invalidRows) {
    static final Counts NONE = new Counts(0, 0);

    Counts plus(Counts other) {
      return new Counts(rows + other.rows, invalidRows + other.invalidRows);
    }

    /** What an attempt told since, if it runs in this JVM: heartbeats come seldom. */
    Counts orLater(long attempt) {
      RowCounts told = TaskReports.ofThisJvm().told(attempt).rows();
      return orMore(new Counts(told.read(), told.invalid()));
    }

    Counts orMore(Counts other) {
      return other.rows > rows ? other : this;
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

  /**
   * Says how many rows there are to read.
   *
   * @param rows of all tasks, or {@link Progress#UNKNOWN}
   */
  public synchronized void expect(long rows) {
    rowsInAll = rows;
  }

  @Override
  public synchronized void onStageSubmitted(SparkListenerStageSubmitted submitted) {
    boolean isLast = submitted.stageInfo().shuffleDepId().isEmpty();
    if (isLast && JobSteps.isExtracting(submitted.properties())) {
      started = started == 0 ? System.nanoTime() : started;
      // Some of its tasks may be tried again, as another attempt of the stage.
      stages.putIfAbsent(
          submitted.stageInfo().stageId(), new Stage(submitted.stageInfo().numTasks()));
    }
  }

  /** One that read no row, as of a table that Spark broadcasts for a join, does not extract. */
  @Override
  public synchronized void onStageCompleted(SparkListenerStageCompleted completed) {
    Stage stage = stages.get(completed.stageInfo().stageId());
    if (stage != null && stage.done == stage.tasks && stage.counts.rows == 0) {
      stages.remove(completed.stageInfo().stageId());
    }
  }

  @Override
  public synchronized void onTaskStart(SparkListenerTaskStart task) {
    if (stages.containsKey(task.stageId())) {
      running.put(task.taskInfo().taskId(), Counts.NONE);
    }
  }

  /** What an attempt did that failed, or that another one forestalled, does not count. */
  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd task) {
    running.remove(task.taskInfo().taskId());
    Stage stage = stages.get(task.stageId());
    if (stage == null) {
      return;
    }
    if (task.taskInfo().successful()) {
      stage.done++;
      stage.counts =
          stage.counts.plus(Counts.of(CollectionConverters.asJava(task.taskInfo().accumulables())));
    } else if (task.taskInfo().failed()) {
      stage.failed++;
    }
  }

  @Override
  public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    for (Tuple4<Object, Object, Object, Seq<AccumulableInfo>> task :
        CollectionConverters.asJava(update.accumUpdates())) {
      // A heartbeat may come after its task's end.
      Counts told = Counts.of(CollectionConverters.asJava(task._4()));
      running.computeIfPresent((Long) task._1(), (attempt, before) -> before.orMore(told));
    }
  }

  /** How far the job is after so much time since extraction began. */
  public synchronized Progress progress(Duration elapsed) {
    Counts done = Counts.NONE;
    int all = 0;
    int ended = 0;
    int failed = 0;
    for (Stage stage : stages.values()) {
      done = done.plus(stage.counts);
      all += stage.tasks;
      ended += stage.done;
      failed += stage.failed;
    }
    // Kept, since this JVM forgets an attempt before Spark says that it ended.
    running.replaceAll((attempt, told) -> told.orLater(attempt));
    List<Long> runningRows = running.values().stream().map(Counts::rows).toList();
    Counts counts = running.values().stream().reduce(done, Counts::plus);
    TaskCounts tasks = new TaskCounts(all, ended, failed);
    return new Progress(
        counts.rows,
        counts.invalidRows,
        rowsInAll,
        tasks,
        Progress.share(rowsInAll, tasks, done.rows, runningRows),
        elapsed);
  }

  private synchronized Progress progress() {
    return progress(Duration.ofNanos(started == 0 ? 0 : System.nanoTime() - started));
  }

  private synchronized boolean isExtracting() {
    return started != 0;
  }

  private void printLine() {
    if (isExtracting()) {
      out.println(progress().line());
    }
  }

  private String bar() {
    return isExtracting() ? progress().bar() : "";
  }

  @Override
  public void close() {
    timer.shutdownNow();
    if (out instanceof PrintedLines lines) {
      lines.showStatus("");
    }
  }
}

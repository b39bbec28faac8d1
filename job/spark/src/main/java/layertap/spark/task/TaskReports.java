package layertap.spark.task;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import layertap.process.ProcessState;
import layertap.report.TaskReport;
import org.apache.spark.TaskContext;

/**
 * Hands what a task attempt did from the function that maps its rows to the protocol that commits
 * its files; both run in the attempt's thread. Lives on executors. Thread-safe.
 */
public final class TaskReports {
  private final Map<Long, TaskProgress> running = new ConcurrentHashMap<>();

  /** The attempts of this JVM. */
  public static TaskReports ofThisJvm() {
    return ProcessState.ofThisJvm().get(TaskReports.class, TaskReports::new);
  }

  /**
   * The progress of the current attempt, forgotten when it ends.
   *
   * @param watched is told of it
   */
  TaskProgress start(LiveCounts watched) {
    TaskContext task = TaskContext.get();
    TaskProgress progress = new TaskProgress(watched, ExecutorMetrics.ofThisJvm());
    if (task != null) {
      running.put(task.taskAttemptId(), progress);
      task.addTaskCompletionListener(
          context -> {
            running.remove(context.taskAttemptId());
          });
    }
    return progress;
  }

  /** What an attempt told last; nothing if it does not run in this JVM. */
  public TaskReport told(long attempt) {
    TaskProgress progress = running.get(attempt);
    return progress == null ? TaskReport.NONE : progress.told();
  }

  /** What the current attempt did so far. */
  public TaskReport take() {
    TaskProgress progress = running.get(TaskContext.get().taskAttemptId());
    return progress == null ? TaskReport.NONE : progress.tell();
  }
}

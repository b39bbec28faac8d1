package layertap.spark.task;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import layertap.report.TaskReport;
import org.apache.spark.TaskContext;

/**
 * Hands what a task attempt did from the function that maps its rows to the protocol that commits
 * its files; both run in the attempt's thread. Lives on executors.
 */
public final class TaskReports {
  private static final Map<Long, TaskProgress> RUNNING = new ConcurrentHashMap<>();

  private TaskReports() {}

  /**
   * The progress of the current attempt, forgotten when it ends.
   *
   * @param watched is told of it
   */
  static TaskProgress start(LiveCounts watched) {
    TaskContext task = TaskContext.get();
    TaskProgress progress = new TaskProgress(watched);
    if (task != null) {
      RUNNING.put(task.taskAttemptId(), progress);
      task.addTaskCompletionListener(
          context -> {
            RUNNING.remove(context.taskAttemptId());
          });
    }
    return progress;
  }

  /** What the current attempt did so far. */
  public static TaskReport take() {
    TaskProgress progress = RUNNING.get(TaskContext.get().taskAttemptId());
    return progress == null ? TaskReport.NONE : progress.tell();
  }
}

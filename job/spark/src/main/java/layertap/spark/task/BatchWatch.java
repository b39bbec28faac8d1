package layertap.spark.task;

import java.io.Serializable;
import layertap.inference.TimeLimit;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;

/**
 * How the batches of tasks are watched.
 *
 * @param batchSeconds that one may take; 0 for ever
 * @param output by which later runs find notes of this one
 * @param notesFolder on storage that driver and executors reach; empty for none
 */
public record BatchWatch(int batchSeconds, String output, String notesFolder)
    implements Serializable {
  private static final String DRIVER = "driver";

  TimeLimit limit() {
    return TimeLimit.ofSeconds(batchSeconds);
  }

  /**
   * The note of a task. One that runs in the driver may end it, so it always has a note; another
   * one is tried again, and has a note then.
   *
   * @param task null outside of one
   */
  RowNote note(TaskContext task, ExtractorSource source) {
    if (task == null) {
      return RowNote.NONE;
    }
    if (SparkEnv.get().executorId().equals(DRIVER)) {
      return LocalRowNotes.ofThisMachine().start(output, task.taskAttemptId());
    }
    return task.attemptNumber() > 0 && !notesFolder.isEmpty()
        ? new SharedRowNotes(notesFolder, source.configuration().value().value())
            .start(task.partitionId(), task.taskAttemptId())
        : RowNote.NONE;
  }
}

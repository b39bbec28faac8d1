package layertap.spark.failure;

import java.time.Duration;
import java.util.Arrays;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkJobInfo;
import org.apache.spark.SparkStatusTracker;
import scala.Option;

/**
 * Waits for the tasks of a run. A job that fails, and one that succeeds by a speculative attempt,
 * ends before Spark's other tasks do: these are told to stop, and write on until they notice. Used
 * by the driver's thread.
 */
public final class RunTasks {
  /** Of a batch that computes; who runs into it leaves something for the next run to delete. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  private static final int LOOK_MILLIS = 20;

  private RunTasks() {}

  /** Does the work of a run; comes back when none of its tasks runs any more. */
  public static <T> T endedAfter(SparkContext spark, String runId, Supplier<T> work) {
    String tag = "layertap-" + runId;
    spark.addJobTag(tag);
    try {
      return work.get();
    } finally {
      spark.removeJobTag(tag);
      await(spark, tag);
    }
  }

  private static void await(SparkContext spark, String tag) {
    boolean isSpeculating = spark.conf().getBoolean("spark.speculation", false);
    long end = System.nanoTime() + LONGEST_WAIT.toNanos();
    while (!spark.isStopped()
        && isRunning(spark.statusTracker(), tag, isSpeculating)
        && System.nanoTime() < end) {
      try {
        Thread.sleep(LOOK_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** What Spark knows of a job's tasks is complete once it knows of the job's end. */
  private static boolean isRunning(SparkStatusTracker tracker, String tag, boolean isSpeculating) {
    return Arrays.stream(tracker.getJobIdsForTag(tag))
        .mapToObj(tracker::getJobInfo)
        .filter(Option::isDefined)
        .map(Option::get)
        .anyMatch(
            job ->
                switch (job.status()) {
                  case RUNNING -> true;
                  // Of thousands of chunks, looking at each would take Spark seconds.
                  case SUCCEEDED -> isSpeculating && hasTasks(tracker, job);
                  default -> hasTasks(tracker, job);
                });
  }

  private static boolean hasTasks(SparkStatusTracker tracker, SparkJobInfo job) {
    return Arrays.stream(job.stageIds())
        .mapToObj(tracker::getStageInfo)
        .anyMatch(stage -> stage.isDefined() && stage.get().numActiveTasks() > 0);
  }
}

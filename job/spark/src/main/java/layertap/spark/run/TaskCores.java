package layertap.spark.run;

import java.util.Date;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.status.api.v1.ExecutorSummary;
import scala.jdk.javaapi.CollectionConverters;

/** Cores on which an application's tasks run. Executors come and go. */
final class TaskCores {
  private TaskCores() {}

  /** The most that there were at once. */
  static int most(SparkContext spark) {
    List<ExecutorSummary> executors =
        CollectionConverters.asJava(
            spark.statusStore().executorList(false /* also those that are gone */));
    return executors.stream()
        .mapToInt(executor -> at(executor.addTime(), executors))
        .max()
        .orElse(0);
  }

  private static int at(Date moment, List<ExecutorSummary> executors) {
    return executors.stream()
        .filter(executor -> !executor.addTime().after(moment))
        .filter(
            executor ->
                executor.removeTime().isEmpty() || executor.removeTime().get().after(moment))
        .mapToInt(ExecutorSummary::totalCores)
        .sum();
  }
}

package layertap.extract.batch;

import java.util.LinkedHashMap;
import java.util.Map;
import layertap.process.ProcessState;

/**
 * What the tasks of a JVM found out of batch sizes, by the plans that they run. Outlives sessions,
 * so that later tasks, jobs and transforms need not try again. Thread-safe.
 */
public final class BatchChoices {
  private static final int MOST_REMEMBERED = 1000;

  private final Map<String, BatchSizes> byPlan =
      new LinkedHashMap<>(16, 0.75f, true /* by their last use */) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, BatchSizes> eldest) {
          return size() > MOST_REMEMBERED;
        }
      };

  /** Those of this JVM. */
  public static BatchChoices ofThisJvm() {
    return ProcessState.ofThisJvm().get(BatchChoices.class, BatchChoices::new);
  }

  /**
   * The sizes for a plan.
   *
   * @param key equal for equal plans of equal models only
   * @param first the size to begin with, a power of two
   */
  public synchronized BatchSizes of(String key, int first) {
    return byPlan.computeIfAbsent(key, absent -> new FastestSize(first));
  }
}

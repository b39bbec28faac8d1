package layertap.spark.task;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import layertap.extract.FeatureExtractor;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.util.TaskFailureListener;

/**
 * The extractors of an executor's JVM: opened for the first task that needs one, shared by all
 * others. Thread-safe.
 */
public final class ExtractorCache {
  private static final Map<String, Entry> OPEN = new ConcurrentHashMap<>();

  private ExtractorCache() {}

  /** An extractor, and whether it is for this task to report that it was opened. */
  record Lease(FeatureExtractor extractor, boolean isNew) {}

  private record Entry(CompletableFuture<FeatureExtractor> extractor, AtomicBoolean isReported) {}

  /** The extractor of that key; while one is being opened, others wait for it. */
  static Lease get(String key, Supplier<FeatureExtractor> open) {
    Entry entry = OPEN.computeIfAbsent(key, absent -> start(key, open));
    return new Lease(await(key, entry), isToReport(entry));
  }

  /**
   * Opens in a thread of its own. Spark interrupts the threads of tasks that it kills, such as the
   * slower one of two speculative attempts; that would break off the loading of the natives, which
   * a JVM can try once only, and fail other tasks that wait for the same extractor.
   */
  private static Entry start(String key, Supplier<FeatureExtractor> open) {
    Executor ownThread =
        task -> {
          Thread thread = new Thread(task, "layertap opens " + key);
          thread.setDaemon(true);
          thread.start();
        };
    return new Entry(CompletableFuture.supplyAsync(open, ownThread), new AtomicBoolean());
  }

  private static FeatureExtractor await(String key, Entry entry) {
    try {
      return entry.extractor.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskKilledException("interrupted while the model was opened");
    } catch (ExecutionException e) {
      // The next task may have more luck, with storage for one.
      OPEN.remove(key, entry);
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause();
    }
  }

  /** One task of those that are not tried again reports that the extractor was opened. */
  private static boolean isToReport(Entry entry) {
    boolean isFirst = entry.isReported.compareAndSet(false, true);
    TaskContext task = TaskContext.get();
    if (isFirst && task != null) {
      task.addTaskFailureListener(
          (TaskFailureListener) (context, failure) -> entry.isReported.set(false));
    }
    return isFirst;
  }

  /** Closes the extractor of that key. No task may use it any more. */
  public static void close(String key) {
    Entry entry = OPEN.remove(key);
    if (entry != null) {
      entry.extractor.thenAccept(FeatureExtractor::close);
    }
  }
}

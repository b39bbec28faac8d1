package layertap.spark.featurizer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * What is dear to make, each made by the first who asks for it; others wait. What could not be made
 * is forgotten, since it may be mended before the next call. Thread-safe.
 *
 * @param <K> equal keys are for equal values
 */
final class MadeOnce<K, V> {
  private final Map<K, CompletableFuture<V>> values;

  /**
   * Nothing is made yet.
   *
   * @param most that are kept; the one not asked for for longest goes first
   */
  MadeOnce(int most) {
    this.values =
        new LinkedHashMap<>(16, 0.75f, true /* by their last use */) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<K, CompletableFuture<V>> eldest) {
            return size() > most;
          }
        };
  }

  /** The value of a key; throws what making it threw. */
  V get(K key, Supplier<V> make) {
    while (true) {
      CompletableFuture<V> mine = new CompletableFuture<>();
      CompletableFuture<V> there;
      synchronized (values) {
        there = values.get(key);
        if (there == null) {
          values.put(key, mine);
        }
      }
      if (there == null) {
        return make(key, mine, make);
      }
      try {
        return there.join();
      } catch (CancellationException e) {
        // The thread that made it was interrupted, which is nothing to those who wait: once more.
      } catch (CompletionException e) {
        if (e.getCause() instanceof Error error) {
          throw error;
        }
        throw (RuntimeException) e.getCause();
      }
    }
  }

  private V make(K key, CompletableFuture<V> made, Supplier<V> make) {
    try {
      V value = make.get();
      made.complete(value);
      return value;
    } catch (RuntimeException | Error e) {
      synchronized (values) {
        values.remove(key, made);
      }
      if (Thread.currentThread().isInterrupted()) {
        made.cancel(false);
      } else {
        made.completeExceptionally(e);
      }
      throw e;
    }
  }
}

package layertap.spark.featurizer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import layertap.process.Outcome;

/**
 * What is dear to make, each made by the first who asks for it; others wait. What could not be made
 * is forgotten, since it may be mended before the next call. Thread-safe.
 *
 * @param <K> equal keys are for equal values
 */
final class MadeOnce<K, V> {
  private final Map<K, CompletableFuture<Outcome<V>>> values;

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
          protected boolean removeEldestEntry(Map.Entry<K, CompletableFuture<Outcome<V>>> eldest) {
            return size() > most;
          }
        };
  }

  /** The value of a key; throws what making it threw. */
  V get(K key, Supplier<V> make) {
    CompletableFuture<Outcome<V>> mine = new CompletableFuture<>();
    CompletableFuture<Outcome<V>> there;
    synchronized (values) {
      there = values.get(key);
      if (there == null) {
        values.put(key, mine);
      }
    }
    return there == null ? make(key, mine, make) : there.join().get();
  }

  private V make(K key, CompletableFuture<Outcome<V>> made, Supplier<V> make) {
    Outcome<V> outcome = Outcome.of(make);
    if (outcome.isFailure()) {
      synchronized (values) {
        values.remove(key, made);
      }
    }
    made.complete(outcome);
    return outcome.get();
  }
}

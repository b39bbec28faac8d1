package layertap.spark;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import layertap.input.FeatureExtractor;

/**
 * The extractors of an executor's JVM: opened by the first task that needs one, shared by all
 * others. Thread-safe.
 */
final class ExtractorCache {
  private static final Map<String, FeatureExtractor> OPEN = new ConcurrentHashMap<>();

  private ExtractorCache() {}

  /** An extractor, and whether this call opened it. */
  record Lease(FeatureExtractor extractor, boolean isNew) {}

  /** The extractor of that key; while one is being opened, others wait for it. */
  static Lease get(String key, Supplier<FeatureExtractor> open) {
    AtomicBoolean isNew = new AtomicBoolean();
    FeatureExtractor extractor =
        OPEN.computeIfAbsent(
            key,
            absent -> {
              isNew.set(true);
              return open.get();
            });
    return new Lease(extractor, isNew.get());
  }

  /** Closes the extractor of that key. No task may use it any more. */
  static void close(String key) {
    FeatureExtractor extractor = OPEN.remove(key);
    if (extractor != null) {
      extractor.close();
    }
  }
}

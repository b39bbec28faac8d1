package layertap.spark.featurizer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import layertap.process.ProcessState;

/**
 * Warnings of this driver, each told once: transforms are many, and every evaluation of Spark
 * Connect makes a transformer of its own. Thread-safe.
 */
final class Warnings {
  private static final int MOST_REMEMBERED = 1000;

  private final Set<String> told =
      Collections.newSetFromMap(
          Collections.synchronizedMap(
              new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                  return size() > MOST_REMEMBERED;
                }
              }));

  /** Those of this JVM. */
  static Warnings ofThisJvm() {
    return ProcessState.ofThisJvm().get(Warnings.class, Warnings::new);
  }

  /** Writes a warning to the driver's standard error, unless it was written before. */
  void tell(String warning) {
    if (told.add(warning)) {
      System.err.println("layertap: warning: " + warning);
    }
  }
}

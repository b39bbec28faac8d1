package layertap.extract;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Opens extractors on an engine, which this package does not name: Java's service loader finds it.
 */
public interface ExtractorOpener {
  /**
   * What an extractor is opened with.
   *
   * @param text of a configuration, HOCON
   * @param name of it, for messages; what it includes lies beside it
   * @param overrides values by keys relative to {@code layertap}
   * @param longestWait of a row for others
   * @param concurrentBatches how many batches run at once; 0 for as many as the processors take
   * @param threads that an op may use
   * @param isRowAloneDoubled whether a row that came alone runs beside a copy of itself, as in a
   *     job
   * @param warnings takes warnings
   */
  record Settings(
      String text,
      String name,
      Map<String, Object> overrides,
      Duration longestWait,
      int concurrentBatches,
      int threads,
      boolean isRowAloneDoubled,
      Consumer<String> warnings) {
    public Settings {
      requireNonNull(text, "text is null");
      requireNonNull(name, "name is null");
      overrides = Collections.unmodifiableMap(new LinkedHashMap<>(overrides));
      requireNonNull(longestWait, "longestWait is null");
      requireNonNull(warnings, "warnings is null");
    }
  }

  /** Opens an extractor, which the caller closes. */
  Extractor open(Settings settings);
}

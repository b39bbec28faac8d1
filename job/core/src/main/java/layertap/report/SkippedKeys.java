package layertap.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;

/**
 * Which rows of an output's inputs were skipped and are still not in it. It serves the count of
 * invalid rows alone: whatever it says, resuming tries every key again that the output lacks.
 *
 * @param format of the file
 * @param key columns whose values are hashed
 * @param skipped hashes of keys, by the input that they were last read from
 */
public record SkippedKeys(int format, List<String> key, Map<String, Set<Long>> skipped) {
  /** Name of the file beside the manifest; readers of the output pass over it. */
  public static final String FILE = ".layertap-skipped.json";

  private static final int FORMAT = 1;
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  public SkippedKeys {
    key = key == null ? List.of() : List.copyOf(key);
    Map<String, Set<Long>> sorted = new TreeMap<>();
    Map<String, Set<Long>> given = skipped == null ? Map.of() : skipped;
    given.forEach(
        (input, hashes) -> {
          if (!hashes.isEmpty()) {
            sorted.put(input, Collections.unmodifiableSet(new TreeSet<>(hashes)));
          }
        });
    skipped = Collections.unmodifiableMap(sorted);
  }

  /** None, of keys of these columns. */
  public static SkippedKeys none(List<String> key) {
    return new SkippedKeys(FORMAT, key, Map.of());
  }

  /**
   * Reads the text of the file; none if its keys are of other columns, whose hashes say nothing
   * here, or it is none of this format.
   */
  public static SkippedKeys parse(String text, List<String> key) {
    try {
      SkippedKeys read = JSON.readValue(text, SkippedKeys.class);
      boolean isOfKey = read != null && read.format == FORMAT && read.key.equals(key);
      return isOfKey ? read : none(key);
    } catch (JsonProcessingException e) {
      return none(key);
    }
  }

  /** The text of the file. */
  public String toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("format", format);
    json.put("key", key);
    json.put("skipped", skipped);
    try {
      return JSON.writeValueAsString(json) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record of plain values has a JSON form", e);
    }
  }

  public int count() {
    return hashes().size();
  }

  public boolean isEmpty() {
    return skipped.isEmpty();
  }

  /** All of them, whatever the input. */
  public Set<Long> hashes() {
    Set<Long> all = new HashSet<>();
    skipped.values().forEach(all::addAll);
    return all;
  }

  /** Without some, whatever the input. */
  public SkippedKeys without(Collection<Long> gone) {
    return filtered((input, hash) -> !gone.contains(hash));
  }

  /** Of one input only those that it has. */
  public SkippedKeys ofInput(String input, Collection<Long> there) {
    return filtered((from, hash) -> !from.equals(input) || there.contains(hash));
  }

  private SkippedKeys filtered(BiPredicate<String, Long> isKept) {
    Map<String, Set<Long>> left = new TreeMap<>();
    skipped.forEach(
        (input, hashes) -> {
          Set<Long> kept = new TreeSet<>(hashes);
          kept.removeIf(hash -> !isKept.test(input, hash));
          left.put(input, kept);
        });
    return new SkippedKeys(format, key, left);
  }

  /** What is known after keys of an input were tried, some of which were skipped. */
  public SkippedKeys after(String input, Collection<Long> tried, Collection<Long> nowSkipped) {
    Map<String, Set<Long>> next = new TreeMap<>(without(tried).skipped);
    Set<Long> ofInput = new TreeSet<>(next.getOrDefault(input, Set.of()));
    ofInput.addAll(nowSkipped);
    next.put(input, ofInput);
    return new SkippedKeys(format, key, next);
  }
}

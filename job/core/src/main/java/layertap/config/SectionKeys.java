package layertap.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import layertap.config.text.Problems;
import layertap.failure.NearestNames;

/**
 * The keys of one object of a configuration: which of them were asked for, which are there, and
 * where what is wrong with them stands. {@link #finish} notes the keys that nobody asked for. Not
 * thread-safe.
 */
abstract class SectionKeys {
  private final String path;
  private final ConfigObject object;
  private final Problems problems;
  private final Set<String> known = new LinkedHashSet<>();

  SectionKeys(String path, ConfigObject object, Problems problems) {
    this.path = path;
    this.object = object;
    this.problems = problems;
  }

  /** Where the object stands, for messages. */
  final ConfigOrigin origin() {
    return object.origin();
  }

  /** Its path in {@code layertap}; empty for that itself. */
  final String path() {
    return path;
  }

  /** Whether the key has a value other than null. */
  final boolean has(String key) {
    known.add(key);
    ConfigValue value = object.get(key);
    return value != null && value.valueType() != ConfigValueType.NULL;
  }

  /** The value of the key, if it has one other than null. */
  final Optional<ConfigValue> value(String key) {
    return has(key) ? Optional.of(object.get(key)) : Optional.empty();
  }

  /**
   * Notes what is wrong with the value of a key, where it stands.
   *
   * @param problem goes on after the path of the key: {@code is missing}
   */
  final void problem(String key, String problem) {
    ConfigValue value = object.get(key);
    add(value == null ? origin() : value.origin(), path(key), problem);
  }

  /** The same with an element of a list. */
  final void problem(String key, int position, ConfigValue element, String problem) {
    add(element.origin(), path(key) + "[" + position + "]", problem);
  }

  private void add(ConfigOrigin origin, String where, String problem) {
    problems.add(origin, where + (problem.startsWith(":") ? "" : " ") + problem);
  }

  /** The path of a key of the object. */
  final String path(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  /** The object itself. */
  final ConfigObject object() {
    return object;
  }

  /** Takes what is wrong. */
  final Problems problems() {
    return problems;
  }

  /**
   * Notes that the value of a key, which is there, is of a wrong type.
   *
   * @param wanted the type, with an article
   */
  final void wrongType(String key, String wanted) {
    String found = object.get(key).valueType().name().toLowerCase(Locale.ROOT);
    problem(key, "is " + (found.equals("object") ? "an object" : "a " + found) + ", not " + wanted);
  }

  /** Notes the keys that are in the object but were never asked for. */
  final void finish() {
    for (String key : object.keySet()) {
      if (!known.contains(key)) {
        List<String> nearest = NearestNames.of(key, known);
        problem(
            key,
            "is no key of layertap%s"
                .formatted(nearest.isEmpty() ? "" : "; the nearest is '" + nearest.get(0) + "'"));
      }
    }
  }
}

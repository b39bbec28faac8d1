package layertap.extract.serving;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.util.Collection;
import java.util.Map;
import layertap.failure.UserException;

/** What is set in Java as the text that {@code --set} takes. */
final class SettingText {
  /** Far more than lists and maps of a configuration hold each other. */
  private static final int DEEPEST = 50;

  private static final String SETTABLE =
      "give a text, number or truth value, or lists and maps of such";

  private final String key;

  private SettingText(String key) {
    this.key = key;
  }

  /**
   * The text of a setting.
   *
   * @throws UserException if the value is none of a configuration
   */
  static String of(String key, Object value) {
    new SettingText(key).require(value, 0);
    try {
      return ConfigValueFactory.fromAnyRef(value).render(ConfigRenderOptions.concise());
    } catch (ConfigException e) {
      throw new UserException(
          "cannot set %s: %s; %s"
              .formatted(key, e.getMessage().replace("bug in method caller: ", ""), SETTABLE),
          e);
    }
  }

  /**
   * The library would go round in a {@link java.nio.file.Path}, which is an {@link Iterable} of
   * such, and take a duration for a number of milliseconds.
   */
  private void require(Object value, int depth) {
    if (depth > DEEPEST) {
      throw new UserException(
          "cannot set %s: its lists and maps are more than %s deep; give fewer"
              .formatted(key, DEEPEST));
    }
    if (value instanceof Map<?, ?> map) {
      map.values().forEach(inner -> require(inner, depth + 1));
    } else if (value instanceof Collection<?> list) {
      list.forEach(inner -> require(inner, depth + 1));
    } else if (value != null
        && !(value instanceof String)
        && !(value instanceof Number)
        && !(value instanceof Boolean)) {
      throw new UserException(
          "cannot set %s: it has a value of %s; %s"
              .formatted(key, value.getClass().getTypeName(), SETTABLE));
    }
  }
}

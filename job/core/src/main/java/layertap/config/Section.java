package layertap.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import layertap.config.text.Problems;

/**
 * One object of a configuration while it is read, key by key. A value of a wrong type is noted as a
 * problem and read as the fallback that the caller gives, so that all problems come out together.
 * Not thread-safe.
 */
final class Section extends SectionKeys {
  /**
   * Begins to read.
   *
   * @param path of the object in {@code layertap}; empty for {@code layertap} itself
   * @param problems takes what is wrong
   */
  Section(String path, ConfigObject object, Problems problems) {
    super(path, object, problems);
  }

  /** Text; a number or boolean is text too. */
  String text(String key, String fallback) {
    Optional<ConfigValue> value = value(key);
    if (value.isEmpty()) {
      return fallback;
    }
    return asText(value.get())
        .orElseGet(
            () -> {
              wrongType(key, "a string");
              return fallback;
            });
  }

  /** Text that must be there, and not be empty. */
  String requiredText(String key) {
    if (!has(key)) {
      problem(key, "is missing");
      return "";
    }
    return nonEmptyText(key);
  }

  /** Text that is not empty if the key is there; else an empty one. */
  String nonEmptyText(String key) {
    String text = text(key, "");
    boolean isEmpty = text.isEmpty() && value(key).flatMap(Section::asText).isPresent();
    if (isEmpty) {
      problem(key, "is empty");
    }
    return text;
  }

  /** A location that must be there. */
  String requiredLocation(String key) {
    return requireLocation(key, requiredText(key));
  }

  /** Text that names a file, a folder or a storage. */
  String location(String key) {
    return requireLocation(key, text(key, ""));
  }

  /** A list of such; one string stands for a list of one. */
  List<String> locations(String key) {
    List<String> texts = texts(key);
    texts.forEach(text -> requireLocation(key, text));
    if (texts.contains("")) {
      problem(key, "names an empty path; name a file or a folder, or leave it out");
    }
    return texts;
  }

  private String requireLocation(String key, String text) {
    if (text.indexOf('\0') >= 0) {
      problem(key, "has a NUL character in it, which no file system takes");
    }
    return text;
  }

  /** A value as text; empty for lists, objects and null. */
  static Optional<String> asText(ConfigValue value) {
    return switch (value.valueType()) {
      // As it was written: 1.10 stays 1.10.
      case STRING, NUMBER, BOOLEAN -> Optional.of(value.atKey("text").getString("text"));
      default -> Optional.empty();
    };
  }

  /** A list of strings; one string stands for a list of one. */
  List<String> texts(String key) {
    Optional<ConfigValue> value = value(key);
    if (value.isEmpty()) {
      return List.of();
    }
    if (!(value.get() instanceof ConfigList list)) {
      return List.of(text(key, ""));
    }
    List<String> texts = new ArrayList<>();
    for (ConfigValue element : list) {
      asText(element).ifPresentOrElse(texts::add, () -> wrongType(key, "a list of strings"));
    }
    return texts;
  }

  /** A whole number from {@code smallest} on. */
  int wholeNumber(String key, int smallest, int fallback) {
    if (!has(key)) {
      return fallback;
    }
    double number = number(key, fallback);
    if (number != Math.rint(number) || number < smallest || number > Integer.MAX_VALUE) {
      problem(key, "is " + text(key, "") + ", not a whole number from " + smallest + " on");
      return fallback;
    }
    return (int) number;
  }

  /** The same, or {@code auto}, which is the default. */
  int wholeNumberOrAuto(String key, int smallest, int auto) {
    String text = value(key).flatMap(Section::asText).orElse("");
    if (!has(key) || text.equals("auto")) {
      return auto;
    }
    if (text.matches("[^-+.\\d].*")) {
      problem(key, "is '%s', not auto or a whole number from %s on".formatted(text, smallest));
      return auto;
    }
    return wholeNumber(key, smallest, auto);
  }

  /** A number from 0 to 1. */
  double fraction(String key, double fallback) {
    double number = number(key, fallback);
    if (!(number >= 0 && number <= 1)) {
      problem(key, "is " + number + ", not a fraction from 0 to 1");
    }
    return number;
  }

  /** A number; what is written as text counts if it is one. */
  double number(String key, double fallback) {
    Optional<ConfigValue> value = value(key);
    if (value.isEmpty()) {
      return fallback;
    }
    try {
      return Double.parseDouble(asText(value.get()).orElse(""));
    } catch (NumberFormatException e) {
      wrongValue(key, "a number");
      return fallback;
    }
  }

  /** True or false. */
  boolean bool(String key, boolean fallback) {
    String text = text(key, String.valueOf(fallback));
    if (!text.equals("true") && !text.equals("false")) {
      wrongValue(key, "true or false");
    }
    return text.equals("true");
  }

  /** Notes that a number or a boolean, which is no secret, is something else. */
  private void wrongValue(String key, String wanted) {
    if (value(key).map(ConfigValue::valueType).equals(Optional.of(ConfigValueType.STRING))) {
      problem(key, "is '%s', not %s".formatted(text(key, ""), wanted));
    } else {
      wrongType(key, wanted);
    }
  }

  /** One of an enum's constants, by its word: {@code PRE_ACTIVATION} is pre-activation. */
  <E extends Enum<E>> E choice(String key, Class<E> type, E fallback) {
    if (!has(key)) {
      return fallback;
    }
    String text = text(key, "");
    List<String> words = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      String word = constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
      if (word.equals(text)) {
        return constant;
      }
      words.add(word);
    }
    problem(key, "is '" + text + "', not one of " + String.join(", ", words));
    return fallback;
  }

  /** The texts of an object, sorted by key; {@code a { b = 1 }} has the key {@code a.b}. */
  Map<String, String> textMap(String key) {
    Map<String, String> map = new TreeMap<>();
    for (Map.Entry<String, ConfigValue> entry : section(key).object().toConfig().entrySet()) {
      String name = String.join(".", ConfigUtil.splitPath(entry.getKey()));
      asText(entry.getValue())
          .ifPresentOrElse(
              text -> map.put(name, text),
              () ->
                  problems()
                      .add(entry.getValue().origin(), path(key) + "." + name + " is no string"));
    }
    return map;
  }

  /** A part; empty if it is not there. */
  Section section(String key) {
    Optional<ConfigValue> value = value(key);
    if (value.isPresent() && value.get() instanceof ConfigObject inner) {
      return new Section(path(key), inner, problems());
    }
    if (value.isPresent()) {
      wrongType(key, "an object { … }");
    }
    return new Section(path(key), ConfigFactory.empty().root(), problems());
  }

  /** The elements of a list; one value stands for a list of one. */
  List<ConfigValue> elements(String key) {
    return value(key)
        .map(value -> value instanceof ConfigList list ? List.copyOf(list) : List.of(value))
        .orElse(List.of());
  }

  /** An object in a list of {@link #elements}. */
  Section element(String key, int position, ConfigObject inner) {
    return new Section(path(key) + "[" + position + "]", inner, problems());
  }
}

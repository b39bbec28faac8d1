package layertap.suggest;

import java.util.List;
import java.util.stream.Collectors;
import layertap.failure.Printable;

/** Writes values as a configuration holds them. */
final class Hocon {
  private Hocon() {}

  /** A text, in quotes unless it is a plain word. */
  static String text(String value) {
    boolean isWord =
        value.matches("[A-Za-z_][A-Za-z0-9_-]*")
            && !value.matches("true|false|null|yes|no|on|off|include");
    return isWord ? value : quoted(value);
  }

  /** A text in quotes. */
  static String quoted(String value) {
    return "\"%s\"".formatted(Printable.line(value.replace("\\", "\\\\").replace("\"", "\\\"")));
  }

  static String list(List<String> values) {
    return values.stream().map(Hocon::text).collect(Collectors.joining(", ", "[", "]"));
  }
}

package layertap.failure;

import java.util.regex.Pattern;

/**
 * Text of models and rows as it may be printed. Control characters, with which a name could rewrite
 * a terminal or begin a line of its own, are escaped as in JSON and HOCON.
 */
public final class Printable {
  /**
   * Control characters of both sets but the tab, what separates lines and paragraphs, and what
   * turns the direction of text.
   */
  private static final Pattern HARMFUL =
      Pattern.compile(
          "[\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]");

  private Printable() {}

  /** The text in one line. */
  public static String line(String text) {
    return HARMFUL.matcher(text).replaceAll(found -> escaped(found.group().charAt(0)));
  }

  private static String escaped(char character) {
    // In a replacement a backslash stands for itself if there are two.
    return switch (character) {
      case '\n' -> "\\\\n";
      case '\r' -> "\\\\r";
      default -> "\\\\u%04x".formatted((int) character);
    };
  }
}

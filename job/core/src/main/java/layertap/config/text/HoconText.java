package layertap.config.text;

import java.util.ArrayList;
import java.util.List;

/**
 * What the parser does not tell of a text in HOCON: where it includes files, whether its brackets
 * are too deep for a parser that goes down by recursion, and whether it was read with losses.
 * Comments are left out, and strings for brackets.
 */
final class HoconText {
  /** Beyond any configuration, and far from the end of a thread's stack. */
  static final int MOST_LEVELS = 200;

  /** What a byte is read as that is not of UTF-8. */
  private static final char UNREADABLE = '\uFFFD';

  private static final String INCLUDE = "include";
  private static final String LONG_QUOTES = "\"\"\"";

  private final String text;
  private final List<Include> includes = new ArrayList<>();
  private int line = 1;
  private int levels;
  private int tooDeepLine;
  private int unreadableLine;
  private boolean isInclude;

  private HoconText(String text) {
    this.text = text;
  }

  /** A statement that includes a file, with its line. */
  record Include(String name, int line) {}

  static HoconText of(String text) {
    HoconText scanned = new HoconText(text);
    scanned.scan();
    return scanned;
  }

  /** A text without brackets and statements, as properties are. */
  static HoconText ofLines(String text) {
    HoconText scanned = new HoconText(text);
    text.chars().forEach(character -> scanned.countInString((char) character));
    return scanned;
  }

  /** Whether more brackets stand in each other than can be parsed. */
  boolean isTooDeep() {
    return tooDeepLine > 0;
  }

  /** The line of the first bracket that is too deep. */
  int tooDeepLine() {
    return tooDeepLine;
  }

  /** The line of the first character that could not be read; 0 if there is none. */
  int unreadableLine() {
    return unreadableLine;
  }

  /** The line of the statement that includes a name; 1 if it is not found. */
  int lineOfInclude(String name) {
    return includes.stream()
        .filter(include -> include.name.equals(name))
        .mapToInt(Include::line)
        .findFirst()
        .orElse(1);
  }

  private void scan() {
    int i = 0;
    while (i < text.length()) {
      char next = text.charAt(i);
      if (text.startsWith(LONG_QUOTES, i)) {
        i = string(i, LONG_QUOTES);
      } else if (next == '"') {
        i = string(i, "\"");
      } else if (next == '#' || text.startsWith("//", i)) {
        i = endOfLine(i);
      } else if (text.startsWith(INCLUDE, i) && isWordAt(i)) {
        isInclude = true;
        i += INCLUDE.length();
      } else {
        count(next);
        i++;
      }
    }
  }

  private boolean isWordAt(int start) {
    int end = start + INCLUDE.length();
    return (start == 0 || !Character.isLetterOrDigit(text.charAt(start - 1)))
        && (end == text.length() || !Character.isLetterOrDigit(text.charAt(end)));
  }

  private void count(char next) {
    if (next == '\n') {
      line++;
    } else if (next == UNREADABLE) {
      unreadableLine = unreadableLine == 0 ? line : unreadableLine;
    } else if (next == '{' || next == '[') {
      levels++;
      if (levels > MOST_LEVELS && tooDeepLine == 0) {
        tooDeepLine = line;
      }
    } else if (next == '}' || next == ']') {
      levels--;
    }
  }

  private void countInString(char next) {
    if (next == '\n' || next == UNREADABLE) {
      count(next);
    }
  }

  private int endOfLine(int start) {
    int end = text.indexOf('\n', start);
    return end < 0 ? text.length() : end;
  }

  /** Passes over a string; gives the position behind it. */
  private int string(int start, String quotes) {
    int end = start + quotes.length();
    while (end < text.length() && !text.startsWith(quotes, end)) {
      boolean isEscape = text.charAt(end) == '\\' && quotes.length() == 1;
      end += isEscape ? 2 : 1;
    }
    end = Math.min(end, text.length());
    String value = text.substring(Math.min(start + quotes.length(), end), end);
    if (isInclude) {
      includes.add(new Include(value.replace("\\\"", "\"").replace("\\\\", "\\"), line));
      isInclude = false;
    }
    value.chars().forEach(character -> countInString((char) character));
    return end + quotes.length();
  }
}

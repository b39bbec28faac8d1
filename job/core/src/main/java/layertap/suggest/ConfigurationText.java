package layertap.suggest;

import java.util.List;

/** A configuration while it is written: lines, indented, with comments in lines of their own. */
final class ConfigurationText {
  private static final int WIDTH = 100;
  private static final String STEP = "  ";

  private final StringBuilder text = new StringBuilder();
  private int level;

  void line(String line) {
    text.append(STEP.repeat(level)).append(line).append('\n');
  }

  void blank() {
    text.append('\n');
  }

  /** A line that opens a bracket. */
  void open(String line) {
    line(line);
    level++;
  }

  void close(String bracket) {
    level--;
    line(bracket);
  }

  /** Words, in as many lines as they take. */
  void comment(String words) {
    comment("# ", "# ", words);
  }

  /** An item of a list; what does not fit in its line is indented. */
  void item(String words) {
    comment("# - ", "#   ", words);
  }

  void items(List<String> sentences) {
    sentences.forEach(this::item);
  }

  /** A question that the user may answer. */
  void question(String words) {
    comment("# open: ", "#   ", words);
  }

  /** What may stand in a place, as a line that one takes the # from. */
  void alternative(String line) {
    line("# " + line);
  }

  private void comment(String first, String next, String words) {
    StringBuilder line = new StringBuilder(first);
    boolean isEmpty = true;
    for (String word : words.replaceAll("\\s+", " ").strip().split(" ")) {
      int length = STEP.length() * level + line.length() + word.length() + 1;
      if (!isEmpty && length > WIDTH) {
        line(line.toString().stripTrailing());
        line = new StringBuilder(next);
      }
      line.append(word).append(' ');
      isEmpty = false;
    }
    line(line.toString().stripTrailing());
  }

  @Override
  public String toString() {
    return text.toString();
  }
}

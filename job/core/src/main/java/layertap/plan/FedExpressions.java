package layertap.plan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The expressions of {@code input.select} that compute fed columns. Expressions are not parsed: a
 * name counts wherever it stands, in a string literal, too. One expression too many can only refuse
 * to mix outputs, one too few would mix them.
 */
final class FedExpressions {
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}_]+");

  /** A star that stands for columns, not one that multiplies. */
  private static final Pattern ALL_COLUMNS = Pattern.compile("(^|[(,.])\\s*\\*");

  private final List<String> names;
  private final List<String> expressions;

  /** Positions in the order in which Spark adds the columns. */
  private final TreeSet<Integer> used = new TreeSet<>();

  private FedExpressions(Map<String, String> select) {
    this.names = new ArrayList<>(select.keySet());
    this.expressions = new ArrayList<>(select.values());
  }

  /**
   * Finds them.
   *
   * @param select expressions by name, in the order in which the columns are added
   * @param columns that are fed
   * @return those that the columns are made of, directly or by another one
   */
  static Map<String, String> of(Map<String, String> select, List<String> columns) {
    FedExpressions fed = new FedExpressions(select);
    columns.forEach(column -> fed.use(column, select.size()));
    Map<String, String> found = new LinkedHashMap<>();
    fed.used.forEach(i -> found.put(fed.names.get(i), fed.expressions.get(i)));
    return found;
  }

  /** Adds what a text refers to among the first columns, of which it can be made. */
  private void use(String text, int count) {
    boolean isAll = ALL_COLUMNS.matcher(text).find();
    for (int i = 0; i < count; i++) {
      if ((isAll || refers(text, names.get(i))) && used.add(i)) {
        use(expressions.get(i), i);
      }
    }
  }

  private static boolean refers(String text, String name) {
    String quoted = Pattern.quote(name.replace("`", "``"));
    // A word before a parenthesis is a function.
    String pattern =
        WORD.matcher(name).matches()
            ? "(?<![\\p{L}\\p{N}_])%s(?![\\p{L}\\p{N}_])(?!\\s*\\()".formatted(quoted)
            : quoted;
    return Pattern.compile(pattern, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)
        .matcher(text)
        .find();
  }
}

package layertap.report;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Leaves literals out of SQL that look like secrets. */
public final class SqlLiterals {
  private static final Pattern LITERAL =
      Pattern.compile("'((?:[^'\\\\]|\\\\.|'')*)'|\"((?:[^\"\\\\]|\\\\.|\"\")*)\"", Pattern.DOTALL);

  /** Ends before a literal that is compared with a secret. */
  private static final Pattern SECRET_NAME =
      Pattern.compile(
          "(?is).*(password|passwd|pwd|secret|token|credential|passphrase|(api|access|private)_?key)"
              + "\\w*[`\"]?\\s*(=|==|<=>|!=|<>|\\blike\\b|\\bin\\b)\\s*\\(?[\\s\\w,*()'\"]*");

  /** Functions that take a key. */
  private static final Pattern CRYPTOGRAPHY = Pattern.compile("(?i)\\b(try_)?aes_|\\bhmac");

  private static final int SHORTEST_KEY = 8;

  private static final Pattern KNOWN =
      Pattern.compile(
          "((AKIA|ASIA|AIza|eyJ|gh[opsu]_|github_pat_|glpat-|sk-|xox[abps]-)\\S{12,}|(?i:bearer|basic) \\S+)"
              + "|[0-9A-Fa-f]{32,}");

  /** No path, no file's name, no words. */
  private static final Pattern MIXED =
      Pattern.compile(
          "(?=.*[a-z])(?=.*[A-Z])(?=.*\\d)(?!/)(?!.*\\.[A-Za-z]{2,5}$)[A-Za-z0-9+/=_.~-]{16,}");

  private static final int LOOK_BACK = 100;

  private SqlLiterals() {}

  /** An expression or predicate without them, and without those of {@link Redaction}. */
  public static String redact(String sql) {
    boolean hasKeys = CRYPTOGRAPHY.matcher(sql).find();
    return Redaction.of(
        LITERAL.matcher(sql).replaceAll(literal -> redacted(literal, sql, hasKeys)));
  }

  private static String redacted(MatchResult literal, String sql, boolean hasKeys) {
    String value = literal.group(1) == null ? literal.group(2) : literal.group(1);
    String before = sql.substring(Math.max(0, literal.start() - LOOK_BACK), literal.start());
    boolean isSecret =
        KNOWN.matcher(value).matches()
            || MIXED.matcher(value).matches()
            || (hasKeys && value.length() >= SHORTEST_KEY)
            || SECRET_NAME.matcher(before).matches();
    String quote = literal.group().substring(0, 1);
    return Matcher.quoteReplacement(
        isSecret ? quote + Redaction.REDACTED + quote : literal.group());
  }
}

package layertap.report;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Leaves secrets out of texts: users and passwords in URIs, tokens in their queries, passwords. */
public final class Redaction {
  /** Stands where something was left out. */
  public static final String REDACTED = "*********(redacted)";

  private static final Pattern URI = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://([^\\s'\"]+)");

  /** In stores of objects nothing but a secret follows a colon. */
  private static final Pattern OBJECT_STORE =
      Pattern.compile("s3[an]?|gs|oss|cosn|obs", Pattern.CASE_INSENSITIVE);

  private static final Pattern HOST_AND_PORT = Pattern.compile("\\[.*|[^:]*(:\\d*)?");

  private static final Pattern ORACLE =
      Pattern.compile("(?i)(jdbc:oracle:[a-z0-9]+:)[^\\s'\"@/]*/[^\\s'\"]*(?=@)");

  private static final Pattern QUERY =
      Pattern.compile(
          "(?i)(?<=[?&;])([^=&;\\s]*(?:token|secret|password|passwd|pwd|passphrase|signature"
              + "|credential|key|sig)[^=&;\\s]*=)[^&\\s'\",;)\\]}]+");

  private static final Pattern ASSIGNED =
      Pattern.compile(
          "(?i)([\\w.-]*(?:password|passwd|passphrase|secret)[\\w.-]*(?:[`'\"]?\\s?=|[\"']\\s?:)\\s?)"
              + "(?!\\*{9})('[^']*'|\"[^\"]*\"|[^\\s'\",;&)\\]}]+)");

  private Redaction() {}

  /** The text without them. */
  public static String of(String text) {
    String uris = URI.matcher(text).replaceAll(Redaction::uri);
    String users = ORACLE.matcher(uris).replaceAll("$1" + REDACTED);
    String queries = QUERY.matcher(users).replaceAll("$1" + REDACTED);
    return ASSIGNED.matcher(queries).replaceAll("$1" + REDACTED);
  }

  /**
   * A URI without the user, as old object stores take those who may read: {@code
   * s3a://key:secret@bucket}. A secret may hold slashes and ats, so all up to the last at goes,
   * unless what stands before the first slash is a host.
   */
  private static String uri(MatchResult uri) {
    String rest = uri.group(2);
    int slash = rest.indexOf('/');
    String authority = slash < 0 ? rest : rest.substring(0, slash);
    boolean isHost =
        HOST_AND_PORT.matcher(authority).matches()
            && !(authority.contains(":") && OBJECT_STORE.matcher(uri.group(1)).matches());
    int at = (isHost ? authority : rest).lastIndexOf('@');
    String shown = at < 0 ? uri.group() : uri.group(1) + "://" + REDACTED + rest.substring(at);
    // A dollar or backslash would mean something in a replacement.
    return Matcher.quoteReplacement(shown);
  }
}

package layertap.config.text;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a name leads that a configuration includes. */
final class IncludePath {
  /** A scheme with the host, if there is one; a path. */
  private static final Pattern PLACE =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+:(?://[^/]*)?)(.*)");

  private static final String ZIP = "jar:";

  private IncludePath() {}

  /** Whether a name leads to the same place from everywhere. */
  static boolean isAbsolute(String name) {
    return name.startsWith("/") || PLACE.matcher(name).matches();
  }

  /**
   * The place of a name: beside the file that includes it, in the same storage.
   *
   * @param file a path or a URI
   */
  static String beside(String file, String name) {
    if (PLACE.matcher(name).matches()) {
      return name;
    }
    Matcher uri = PLACE.matcher(file);
    String storage = uri.matches() ? uri.group(1) : "";
    String path = uri.matches() ? uri.group(2) : file;
    String folder = path.substring(0, path.lastIndexOf('/') + 1);
    String own = storage.equals(ZIP) ? encoded(name) : name;
    return storage + normal(own.startsWith("/") ? own : folder + own);
  }

  /** A path as part of a URI, in which Java names what is in a zip file. */
  private static String encoded(String name) {
    try {
      return new URI(null, null, "/" + name, null).getRawPath().substring(1);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** A path without {@code .} and {@code ..}, so that a file has one name. */
  static String normal(String path) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : path.split("/", -1)) {
      boolean goesUp = part.equals("..") && !parts.isEmpty() && !parts.peekLast().equals("..");
      if (goesUp) {
        parts.removeLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return (path.startsWith("/") ? "/" : "") + String.join("/", parts);
  }
}

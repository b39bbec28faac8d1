package layertap.process;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The encoding in which Java reads and writes names of files, arguments and variables: that of the
 * locale in which it starts, which in a container without one is ASCII. A name that it does not
 * have becomes another one, with question marks. Immutable and thread-safe.
 */
public final class NameEncoding {
  private static final NameEncoding OF_THIS_JVM =
      new NameEncoding(System.getProperty("sun.jnu.encoding", StandardCharsets.UTF_8.name()));

  /** What a byte is read as that is none of the encoding. */
  private static final char UNKNOWN = '\uFFFD';

  private final String name;
  private final Charset charset;

  /** The encoding of a name that Java knows. */
  public NameEncoding(String name) {
    this.name = name;
    this.charset = Charset.isSupported(name) ? Charset.forName(name) : StandardCharsets.UTF_8;
  }

  /** The encoding of this JVM. */
  public static NameEncoding ofThisJvm() {
    return OF_THIS_JVM;
  }

  /** Why Java cannot name a local file, and what to do; empty if it can. */
  public Optional<String> whyNotNamed(String path) {
    return isUnicode() || charset.newEncoder().canEncode(path)
        ? Optional.empty()
        : Optional.of(
            ("Java, which started in the encoding %s, has no such name; set LC_ALL=C.UTF-8 before"
                    + " Java starts (for executors spark.executorEnv.LC_ALL)")
                .formatted(name));
  }

  /** Why a text of the command line or of the environment is lost, and what to do; empty if not. */
  public Optional<String> whyNotRead(String text) {
    return isRead(text)
        ? Optional.empty()
        : Optional.of(
            "it has bytes that are not in the encoding %s, in which Java started; %s"
                .formatted(
                    name, isUnicode() ? "write it in UTF-8" : "set LC_ALL=C.UTF-8 before that"));
  }

  /** Whether Java could read all bytes of a text. */
  public static boolean isRead(String text) {
    return text.indexOf(UNKNOWN) < 0;
  }

  private boolean isUnicode() {
    return charset.equals(StandardCharsets.UTF_8);
  }
}

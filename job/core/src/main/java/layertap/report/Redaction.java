package layertap.report;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Leaves secrets out of texts: users and passwords in URIs, tokens in their queries. */
public final class Redaction {
  /** Stands where something was left out. */
  public static final String REDACTED = "*********(redacted)";

  /** Of those who may read, as old object stores take it: {@code s3a://key:secret@bucket}. */
  private static final Pattern USER = Pattern.compile("(?<=://)[^/@\\s'\"]+(?=@)");

  private static final Pattern QUERY =
      Pattern.compile(
          "(?i)(?<=[?&])([^=&\\s]*(?:token|secret|password|signature|credential|key|sig)[^=&\\s]*=)"
              + "[^&\\s'\",;)\\]}]+");

  private Redaction() {}

  /** The text without them. */
  public static String of(String text) {
    return QUERY.matcher(USER.matcher(text).replaceAll(REDACTED)).replaceAll("$1" + REDACTED);
  }

  /** A stream that leaves them out line by line. */
  public static PrintStream stream(PrintStream out) {
    return new PrintStream(new Lines(out), true, StandardCharsets.UTF_8);
  }

  private static final class Lines extends OutputStream {
    private final PrintStream out;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    Lines(PrintStream out) {
      this.out = out;
    }

    @Override
    public synchronized void write(int value) {
      line.write(value);
      if (value == '\n') {
        writeLine();
      }
    }

    private void writeLine() {
      byte[] text = of(line.toString(StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
      out.write(text, 0, text.length);
      line.reset();
    }

    @Override
    public synchronized void close() throws IOException {
      writeLine();
      out.flush();
    }

    @Override
    public synchronized void flush() {
      out.flush();
    }
  }
}

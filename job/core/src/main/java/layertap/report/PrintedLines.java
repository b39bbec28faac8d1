package layertap.report;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import layertap.failure.Printable;

/**
 * The way of all that commands print, for results and for the log. Secrets are left out and control
 * characters escaped. {@code println} prints one line, whatever names of models and values of rows
 * are in it; text of several lines that is the program's own takes {@code print}.
 */
public final class PrintedLines extends PrintStream {
  /** Prints to a stream. */
  public PrintedLines(PrintStream out) {
    super(new Lines(out), true, StandardCharsets.UTF_8);
  }

  @Override
  public void println(String text) {
    super.println(Printable.line(String.valueOf(text)));
  }

  @Override
  public void println(Object value) {
    println(String.valueOf(value));
  }

  @Override
  public void println(char[] text) {
    println(String.valueOf(text));
  }

  private static final class Lines extends OutputStream {
    private final PrintStream out;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    Lines(PrintStream out) {
      this.out = out;
    }

    @Override
    public synchronized void write(int value) {
      if (value == '\n') {
        writeLine(System.lineSeparator());
      } else {
        line.write(value);
      }
    }

    private void writeLine(String end) {
      String text = line.toString(StandardCharsets.UTF_8);
      line.reset();
      // A carriage return before the line's end belongs to it.
      String whole = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
      byte[] shown = (Printable.line(Redaction.of(whole)) + end).getBytes(StandardCharsets.UTF_8);
      out.write(shown, 0, shown.length);
    }

    @Override
    public synchronized void close() throws IOException {
      if (line.size() > 0) {
        writeLine("");
      }
      out.flush();
    }

    @Override
    public synchronized void flush() {
      out.flush();
    }
  }
}

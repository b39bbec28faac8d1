package layertap.report;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import layertap.failure.Printable;

/**
 * Prints all that commands print, results and log. Secrets are left out and control characters
 * escaped. {@code println} prints one line, whatever names of models and values of rows are in it;
 * text of several lines that is the program's own takes {@code print}.
 */
public final class PrintedLines extends PrintStream {
  /** Tells a terminal to go to the beginning of the line, and to clear it. */
  private static final String CLEAR = "\r\u001b[K";

  private final Lines lines;
  private final BooleanSupplier isTerminal;

  /** Prints to a stream that is no terminal. */
  public PrintedLines(PrintStream out) {
    this(out, () -> false);
  }

  /**
   * Prints to a stream.
   *
   * @param isTerminal whether it shows a status, see {@link #showStatus}; asked when it is needed
   */
  public PrintedLines(PrintStream out, BooleanSupplier isTerminal) {
    this(new Lines(out), isTerminal);
  }

  private PrintedLines(Lines lines, BooleanSupplier isTerminal) {
    super(lines, true, StandardCharsets.UTF_8);
    this.lines = lines;
    this.isTerminal = isTerminal;
  }

  /** Whether somebody looks at it as it is printed. */
  public boolean isTerminal() {
    return isTerminal.getAsBoolean();
  }

  /**
   * On a terminal, shows a line below all that is printed, until another takes its place. Elsewhere
   * does nothing.
   *
   * @param text empty for no such line
   */
  public void showStatus(String text) {
    if (isTerminal()) {
      lines.showStatus(Printable.line(Redaction.of(text)));
    }
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
    private String status = "";

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
      String shown = Printable.line(Redaction.of(whole)) + end;
      write(status.isEmpty() ? shown : CLEAR + shown + status);
    }

    private void write(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      out.write(bytes, 0, bytes.length);
    }

    synchronized void showStatus(String text) {
      if (!text.equals(status)) {
        status = text;
        write(CLEAR + text);
        out.flush();
      }
    }

    @Override
    public synchronized void close() throws IOException {
      if (line.size() > 0) {
        writeLine("");
      }
      showStatus("");
      out.flush();
    }

    @Override
    public synchronized void flush() {
      out.flush();
    }
  }
}

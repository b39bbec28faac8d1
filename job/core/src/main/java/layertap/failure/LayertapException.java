package layertap.failure;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A failure that says of which kind it is. The message says what cannot be done, the fact, and the
 * remedy.
 */
public abstract class LayertapException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final FailureKind kind;

  /** The message is one line, whatever the names in it hold. */
  protected LayertapException(FailureKind kind, String message) {
    super(Printable.line(String.valueOf(message)));
    this.kind = kind;
  }

  protected LayertapException(FailureKind kind, String message, Throwable cause) {
    super(Printable.line(String.valueOf(message)), cause);
    this.kind = kind;
  }

  /** A message of several lines. */
  LayertapException(FailureKind kind, List<String> lines) {
    super(lines.stream().map(Printable::line).collect(Collectors.joining("\n")));
    this.kind = kind;
  }

  /** Whose failure it is. */
  public final FailureKind kind() {
    return kind;
  }

  /** Holds the kind, so that it survives where only the text goes on: see {@link FailureText}. */
  @Override
  @SuppressWarnings("OverrideThrowableToString")
  public final String toString() {
    return FailureText.of(this);
  }
}

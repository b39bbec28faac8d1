package layertap.failure;

/**
 * A failure that says of which kind it is. The message says what cannot be done, the fact, and the
 * remedy.
 */
public abstract class LayertapException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final FailureKind kind;

  protected LayertapException(FailureKind kind, String message) {
    super(message);
    this.kind = kind;
  }

  protected LayertapException(FailureKind kind, String message, Throwable cause) {
    super(message, cause);
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

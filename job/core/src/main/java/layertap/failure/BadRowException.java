package layertap.failure;

/**
 * The values of one row cannot be fed. The message says why; it becomes the row's {@code _error}.
 */
public final class BadRowException extends LayertapException {
  private static final long serialVersionUID = 1L;

  /** As it is data, nothing in it is escaped. */
  private final String reason;

  public BadRowException(String message) {
    super(FailureKind.USER, message);
    this.reason = message;
  }

  public BadRowException(String message, Throwable cause) {
    super(FailureKind.USER, message, cause);
    this.reason = message;
  }

  @Override
  public String getMessage() {
    return reason;
  }
}

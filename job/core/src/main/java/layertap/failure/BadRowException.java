package layertap.failure;

/**
 * The values of one row cannot be fed. The message says why; it becomes the row's {@code _error}.
 */
public final class BadRowException extends LayertapException {
  private static final long serialVersionUID = 1L;

  public BadRowException(String message) {
    super(FailureKind.USER, message);
  }

  public BadRowException(String message, Throwable cause) {
    super(FailureKind.USER, message, cause);
  }
}

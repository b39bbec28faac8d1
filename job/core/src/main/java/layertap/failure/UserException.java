package layertap.failure;

/**
 * The user's model, or what is asked of it, cannot be used. The message says what cannot be done,
 * the fact, and the remedy.
 */
public final class UserException extends LayertapException {
  private static final long serialVersionUID = 1L;

  public UserException(String message) {
    super(FailureKind.USER, message);
  }

  public UserException(String message, Throwable cause) {
    super(FailureKind.USER, message, cause);
  }
}

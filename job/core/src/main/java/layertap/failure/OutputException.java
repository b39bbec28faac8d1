package layertap.failure;

/** The user's output cannot be written as asked. */
public final class OutputException extends LayertapException {
  private static final long serialVersionUID = 1L;

  public OutputException(String message) {
    super(FailureKind.USER, message);
  }
}

package layertap.failure;

/** A row cannot be used and the job was told to fail for that; the message names the row. */
public final class InvalidRowException extends LayertapException {
  private static final long serialVersionUID = 1L;

  public InvalidRowException(String message) {
    super(FailureKind.USER, message);
  }
}

package layertap.failure;

/** What a run needs is not there, or not as it was when the run began; another try may do. */
public final class EnvironmentException extends LayertapException {
  private static final long serialVersionUID = 1L;

  public EnvironmentException(String message) {
    super(FailureKind.ENVIRONMENT, message);
  }

  public EnvironmentException(String message, Throwable cause) {
    super(FailureKind.ENVIRONMENT, message, cause);
  }
}

package layertap.failure;

/** A failure of another process, of which kind and message are known. */
public final class ReportedFailure extends LayertapException {
  private static final long serialVersionUID = 1L;

  public ReportedFailure(FailureKind kind, String message) {
    super(kind, message);
  }

  ReportedFailure(FailureKind kind, String message, Throwable cause) {
    super(kind, message, cause);
  }
}

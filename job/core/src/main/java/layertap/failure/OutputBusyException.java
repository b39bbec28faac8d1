package layertap.failure;

/** Another run is on the output; a later try may do. */
public final class OutputBusyException extends LayertapException {
  private static final long serialVersionUID = 1L;

  public OutputBusyException(String message) {
    super(FailureKind.ENVIRONMENT, message);
  }
}

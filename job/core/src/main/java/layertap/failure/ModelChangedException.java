package layertap.failure;

/** The model is not the one with which the job began. */
public final class ModelChangedException extends LayertapException {
  private static final long serialVersionUID = 1L;

  public ModelChangedException(String message) {
    super(FailureKind.ENVIRONMENT, message);
  }
}

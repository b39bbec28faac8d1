package layertap.spark;

/** The model is not the one with which the job began. */
final class ModelChangedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ModelChangedException(String message) {
    super(message);
  }
}

package layertap.model;

/** The kept part of a model does not fit into a frozen graph. */
final class TooBigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TooBigException(String location, long bytes) {
    super(location + " keeps " + bytes + " bytes");
  }
}

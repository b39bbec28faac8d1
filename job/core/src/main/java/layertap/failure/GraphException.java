package layertap.failure;

/** A graph that is damaged, or that uses something this program cannot carry over. */
public final class GraphException extends LayertapException {
  private static final long serialVersionUID = 1L;

  public GraphException(String message) {
    super(FailureKind.USER, message);
  }
}

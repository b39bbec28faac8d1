package layertap.failure;

/** An op cannot compute with the values that it was given; other values may do. */
public final class RefusedValuesException extends LayertapException {
  private static final long serialVersionUID = 1L;

  /** The first line of TensorFlow's message says which op and why. */
  public RefusedValuesException(RuntimeException cause) {
    super(
        FailureKind.USER, String.valueOf(cause.getMessage()).lines().findFirst().orElse(""), cause);
  }
}

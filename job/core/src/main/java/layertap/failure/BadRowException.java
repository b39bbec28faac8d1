package layertap.failure;

/**
 * The values of one row cannot be fed. The message says why; it becomes the row's {@code _error}.
 */
public final class BadRowException extends LayertapException {
  private static final long serialVersionUID = 1L;

  /** As it is data, nothing in it is escaped. */
  private final String reason;

  private final boolean isNoImage;

  public BadRowException(String message) {
    this(message, false);
  }

  private BadRowException(String message, boolean isNoImage) {
    super(FailureKind.USER, message);
    this.reason = message;
    this.isNoImage = isNoImage;
  }

  /** A cause of this class keeps its kind: the message then only adds where it was. */
  public BadRowException(String message, Throwable cause) {
    super(FailureKind.USER, message, cause);
    this.reason = message;
    this.isNoImage = cause instanceof BadRowException inner && inner.isNoImage;
  }

  /** What should be an encoded image is none. */
  public static BadRowException noImage(String message) {
    return new BadRowException(message, true);
  }

  /** Whether the reason is that bytes which should be an encoded image are none. */
  public boolean isNoImage() {
    return isNoImage;
  }

  @Override
  public String getMessage() {
    return reason;
  }
}

package layertap.failure;

/**
 * The values of one row cannot be fed. The message says why; it becomes the row's {@code _error}.
 */
public final class BadRowException extends LayertapException {
  private static final long serialVersionUID = 1L;

  /** What is wrong, where it matters which advice helps. */
  public enum Fault {
    /** A value that would be fed is null, not only one inside it. */
    NULL,
    /** Bytes that should be an encoded image are none, or of a format that is not decoded. */
    NO_IMAGE,
    OTHER
  }

  /** As it is data, nothing in it is escaped. */
  private final String reason;

  private final Fault fault;

  public BadRowException(String message) {
    this(message, Fault.OTHER);
  }

  private BadRowException(String message, Fault fault) {
    super(FailureKind.USER, message);
    this.reason = message;
    this.fault = fault;
  }

  /** A cause of this class passes on its fault: the message then only adds where it was. */
  public BadRowException(String message, Throwable cause) {
    super(FailureKind.USER, message, cause);
    this.reason = message;
    this.fault = cause instanceof BadRowException inner ? inner.fault : Fault.OTHER;
  }

  /** What should be an encoded image is none, or of a format that is not decoded. */
  public static BadRowException noImage(String message) {
    return new BadRowException(message, Fault.NO_IMAGE);
  }

  /** A value that would be fed is null. */
  public static BadRowException ofNull(String message) {
    return new BadRowException(message, Fault.NULL);
  }

  /** A value cannot be fed, perhaps since it is null. */
  public static BadRowException unusable(Object value, String ifNull, String otherwise) {
    return value == null ? ofNull(ifNull) : new BadRowException(otherwise);
  }

  public Fault fault() {
    return fault;
  }

  @Override
  public String getMessage() {
    return reason;
  }
}

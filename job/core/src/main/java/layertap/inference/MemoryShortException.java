package layertap.inference;

import layertap.failure.FailureKind;
import layertap.failure.LayertapException;

/** There is less memory than a model takes. */
public final class MemoryShortException extends LayertapException {
  private static final long serialVersionUID = 1L;

  public MemoryShortException(String message) {
    super(FailureKind.ENVIRONMENT, message);
  }
}

package layertap.inference;

import layertap.failure.FailureKind;
import layertap.failure.LayertapException;

/** A batch took longer than it may, and was cancelled; fewer rows or others may do. */
public final class TimeLimitException extends LayertapException {
  private static final long serialVersionUID = 1L;

  public TimeLimitException(TimeLimit limit) {
    super(
        FailureKind.USER,
        ("cannot run the cut model: a batch took more than run.batch-seconds = %s, perhaps a loop "
                + "in it has no end; tap a layer before it, or raise run.batch-seconds")
            .formatted(limit.seconds()));
  }
}

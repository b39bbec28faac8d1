package layertap.failure;

import java.io.UncheckedIOException;

/** Whose a failure is: what a scheduler asks before it tries again. */
public enum FailureKind {
  /** The user's: command line, configuration, model, data. Another try will fail too. */
  USER,
  /** The environment's: storage, network, another run. Another try may do. */
  ENVIRONMENT,
  /** Nothing that is known to be anybody else's. */
  INTERNAL;

  /** The kind of any failure: ours say it, storage fails by {@link UncheckedIOException}. */
  public static FailureKind of(Throwable failure) {
    if (failure instanceof LayertapException known) {
      return known.kind();
    }
    return failure instanceof UncheckedIOException ? ENVIRONMENT : INTERNAL;
  }
}

package layertap.cli;

import java.io.UncheckedIOException;
import layertap.failure.ConfigProblemException;
import layertap.failure.GraphException;
import layertap.failure.ModelChangedException;
import layertap.failure.ModelException;
import layertap.failure.OutputBusyException;
import layertap.failure.OutputException;

/** What a process tells the scheduler that ran it. */
enum ExitCode {
  DONE(0),
  /** Nothing that is known to be anybody else's fault. */
  INTERNAL(1),
  /** The user's: configuration, model, layer, data. A second try will fail too. */
  USER(2),
  /** The surroundings': storage, network, lost executors. A second try may do. */
  SURROUNDINGS(3);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  static ExitCode of(Throwable failure) {
    if (failure instanceof UsageException
        || failure instanceof ConfigProblemException
        || failure instanceof ModelException
        || failure instanceof GraphException
        || failure instanceof OutputException) {
      return USER;
    }
    return failure instanceof UncheckedIOException
            || failure instanceof OutputBusyException
            || failure instanceof ModelChangedException
        ? SURROUNDINGS
        : INTERNAL;
  }
}

package layertap.cli;

import layertap.failure.FailureKind;

/** What a process tells the scheduler that ran it. */
enum ExitCode {
  DONE(0),
  INTERNAL(1),
  USER(2),
  ENVIRONMENT(3);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  static ExitCode of(FailureKind kind) {
    return switch (kind) {
      case USER -> USER;
      case ENVIRONMENT -> ENVIRONMENT;
      case INTERNAL -> INTERNAL;
    };
  }
}

package layertap;

import layertap.cli.CommandLine;

/** Entry of the job's jar and of local mode. */
public final class Main {
  private Main() {}

  /** Runs the command line and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(System.out, System.err).run(arguments));
  }
}

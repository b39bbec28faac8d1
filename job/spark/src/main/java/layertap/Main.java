package layertap;

import layertap.cli.CommandRunner;
import layertap.spark.failure.ProcessEnd;

/** Entry of the job's jar and of local mode. */
public final class Main {
  private Main() {}

  /** Runs the command line and ends with its code. */
  public static void main(String[] arguments) throws Exception {
    ProcessEnd.with(CommandRunner.ofThisProcess().run(arguments));
  }
}

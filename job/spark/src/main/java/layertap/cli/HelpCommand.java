package layertap.cli;

import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the help of a command. */
@Command(name = "help", description = "Shows the help of COMMAND, or of layertap.")
final class HelpCommand implements Runnable {
  private final PrintStream out;

  @Spec CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "One of the commands.")
  String command = "";

  HelpCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public void run() {
    CommandLine root = spec.root().commandLine();
    CommandLine asked = command.isEmpty() ? root : root.getSubcommands().get(command);
    if (asked == null) {
      throw UsageException.unknownCommand(root, command);
    }
    out.print(asked.getUsageMessage());
  }
}

package layertap.cli;

import java.io.PrintStream;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints what a shell needs to complete command lines. */
@Command(
    name = "completion",
    description = {
      "Prints a script by which bash and zsh complete commands and options.",
      "",
      "  source <(layertap completion)"
    })
final class CompletionCommand implements Runnable {
  private final PrintStream out;

  @Spec CommandSpec spec;

  CompletionCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public void run() {
    String script = AutoComplete.bash(LayertapCommand.NAME, spec.root().commandLine());
    // Commands with options that take a value would complete no file names: CONF and MODEL are
    // such.
    out.print(script.replace("compopt +o default", "compopt -o default"));
  }
}

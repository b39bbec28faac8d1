package layertap.cli;

import static picocli.CommandLine.ScopeType.INHERIT;

import java.io.PrintStream;
import layertap.cli.init.InitCommand;
import layertap.cli.inspect.InspectCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code layertap} itself, with what all of its commands share. */
@Command(
    name = LayertapCommand.NAME,
    scope = INHERIT,
    sortOptions = false,
    usageHelpWidth = 100,
    sortSynopsis = false,
    descriptionHeading = "%n",
    parameterListHeading = "%nOperand:%n",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    synopsisHeading = "usage: ",
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Writes activations of chosen layers of a SavedModel as Parquet columns.",
      "layertap COMMAND --help shows the options of a command."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:any other failure",
      "2:a failure of the user's: command line, configuration, model, layer, data",
      "3:a failure of the environment: storage, network, lost executors; a scheduler may try again"
    })
final class LayertapCommand {
  static final String NAME = "layertap";

  static final String VERBOSE = "--verbose";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = INHERIT,
      description = "Shows this help.")
  boolean isHelpWanted;

  @Option(
      names = "--debug",
      scope = INHERIT,
      description = "Prints the stack trace of a failure, too.")
  boolean isDebugWanted;

  @Option(
      names = VERBOSE,
      scope = INHERIT,
      description = "Lets Spark, Hadoop and TensorFlow log what they log by themselves.")
  boolean isVerbose;

  @Option(names = "--version", versionHelp = true, description = "Shows the version of layertap.")
  boolean isVersionWanted;

  /** A parser of command lines with all commands; each does its work only when it is run. */
  static CommandLine parser(PrintStream out, PrintStream log) {
    // Otherwise picocli looks for Groovy in every jar of the class path.
    System.setProperty("picocli.disable.closures", "true");
    return new CommandLine(new LayertapCommand())
        .addSubcommand(new InitCommand(out, log))
        .addSubcommand(new ExtractCommand(out, log))
        .addSubcommand(new PlanCommand(out, log))
        .addSubcommand(new InspectCommand(out))
        .addSubcommand(new CompletionCommand(out))
        .addSubcommand(new HelpCommand(out))
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        // Of an option that is given twice, the last one counts; a name may begin with an @.
        .setOverwrittenOptionsAllowed(true)
        .setExpandAtFiles(false);
  }
}

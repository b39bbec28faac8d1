package layertap.cli;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import layertap.failure.FailureKind;
import layertap.failure.UserException;
import layertap.platform.Platform;
import layertap.platform.SparkCommand;
import layertap.process.NameEncoding;
import layertap.process.Terminal;
import layertap.report.PrintedLines;
import layertap.report.Version;
import layertap.spark.SparkLogs;
import layertap.spark.failure.CauseText;
import layertap.spark.failure.ProcessEnd;
import layertap.spark.failure.SparkFailures;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Runs command lines. */
public final class CommandRunner {
  private final PrintStream out;
  private final PrintedLines log;
  private final boolean isOwnProcess;

  /**
   * Makes a runner.
   *
   * @param out for results
   * @param log for progress and errors
   */
  public CommandRunner(PrintStream out, PrintStream log) {
    this(out, new PrintedLines(log), false /* a process of others */);
  }

  private CommandRunner(PrintStream out, PrintedLines log, boolean isOwnProcess) {
    this.out = new PrintedLines(out);
    this.log = log;
    this.isOwnProcess = isOwnProcess;
  }

  /** The runner of a process that does nothing else, and whose log is its own. */
  public static CommandRunner ofThisProcess() {
    Terminal terminal = new Terminal(Terminal.STANDARD_ERROR);
    return new CommandRunner(System.out, new PrintedLines(System.err, terminal::is), true);
  }

  /**
   * Runs a command. The last line of the log says how a job ended, and why any command failed.
   *
   * @return the exit code
   */
  public int run(String... arguments) {
    boolean debug = Arrays.asList(arguments).contains("--debug");
    ExitCode code = ExitCode.DONE;
    String words = "done";
    try {
      if (!execute(arguments)) {
        return code.number();
      }
    } catch (Throwable e) {
      // Whatever it is, the log ends in one line; Spark throws checked exceptions undeclared.
      Throwable failure = SparkFailures.cause(e);
      code = ExitCode.of(FailureKind.of(failure));
      words = CauseText.withCause(failure);
      if (ProcessEnd.isUnderWay()) {
        // Whatever failed, it failed because this JVM stops what it needs.
        code = ExitCode.ENVIRONMENT;
        words = "cannot go on: the process was told to end (SIGTERM or SIGINT); start it again";
      }
      if (debug || code == ExitCode.INTERNAL) {
        e.printStackTrace(log);
      }
    }
    List<String> lines = words.strip().lines().toList();
    // The last line is for schedulers: what it says first goes on above it.
    // Indented, so that none passes for the last one.
    lines.stream().skip(1).forEach(line -> log.println("  " + line.strip()));
    log.println(
        "layertap: exit %s: %s%s"
            .formatted(
                code.number(), lines.get(0), lines.size() > 1 ? "; see the lines above" : ""));
    return code.number();
  }

  /** Does what a command line says, and tells whether that was a job. */
  private boolean execute(String... arguments) {
    Arrays.stream(arguments).forEach(CommandRunner::requireRead);
    CommandLine parser = LayertapCommand.parser(out, log);
    ParseResult parsed = parse(parser, arguments);
    if (parsed.isVersionHelpRequested()) {
      out.println("%s %s".formatted(LayertapCommand.NAME, Version.current()));
      return false;
    }
    ParseResult asked = parsed.hasSubcommand() ? parsed.subcommand() : parsed;
    if (parsed.isUsageHelpRequested() || asked.isUsageHelpRequested()) {
      out.print(asked.commandSpec().commandLine().getUsageMessage());
      return false;
    }
    if (!(asked.commandSpec().userObject() instanceof Runnable command)) {
      throw UsageException.noCommand(parser);
    }
    chooseLogs(parsed, asked);
    if (command instanceof SparkCommand) {
      Platform.requireSupported()
          .ifPresent(warning -> log.println("layertap: warning: " + warning));
    }
    command.run();
    return command instanceof ExtractCommand;
  }

  /** An argument that was not read as it was written would be another path, or another filter. */
  private static void requireRead(String argument) {
    NameEncoding.ofThisJvm()
        .whyNotRead(argument)
        .ifPresent(
            why -> {
              // What follows may be a secret.
              String shown = argument.replaceFirst("(?s)=.*", "=…");
              throw new UserException("cannot read the argument '%s': %s".formatted(shown, why));
            });
  }

  private void chooseLogs(ParseResult... commands) {
    boolean isVerbose =
        Arrays.stream(commands)
            .anyMatch(command -> command.hasMatchedOption(LayertapCommand.VERBOSE));
    if (isOwnProcess && isVerbose) {
      SparkLogs.logAll();
    } else if (isOwnProcess) {
      SparkLogs.quieten();
    }
  }

  private static ParseResult parse(CommandLine parser, String... arguments) {
    try {
      return parser.parseArgs(arguments);
    } catch (ParameterException e) {
      throw UsageException.of(e);
    }
  }
}

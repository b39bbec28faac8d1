package layertap.cli;

import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import layertap.failure.FailureKind;
import layertap.platform.Platform;
import layertap.report.PrintedLines;
import layertap.report.Version;
import layertap.spark.failure.ProcessEnd;
import layertap.spark.failure.SparkFailures;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Runs command lines. */
public final class CommandRunner {
  private final PrintStream out;
  private final PrintStream log;

  /**
   * Makes a runner.
   *
   * @param out for results
   * @param log for progress and errors
   */
  public CommandRunner(PrintStream out, PrintStream log) {
    this.out = new PrintedLines(out);
    this.log = new PrintedLines(log);
  }

  /** Runs a command and says how it ended in the last line of the log. */
  public int run(String... arguments) {
    boolean debug = Arrays.asList(arguments).contains("--debug");
    ExitCode code = ExitCode.DONE;
    String words = "done";
    try {
      execute(arguments);
    } catch (Throwable e) {
      // Whatever it is, the log ends in one line; Spark throws checked exceptions undeclared.
      Throwable failure = SparkFailures.cause(e);
      code = ExitCode.of(FailureKind.of(failure));
      words = message(failure);
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

  /** The message with those of its causes that say more. */
  private static String message(Throwable failure) {
    boolean isSilent = failure.getMessage() == null || failure.getMessage().isBlank();
    StringBuilder text = new StringBuilder(isSilent ? failure.toString() : failure.getMessage());
    if (failure instanceof UncheckedIOException && failure.getCause() != null) {
      text.append(": ").append(failure.getCause().getMessage());
    }
    return text.toString();
  }

  private void execute(String... arguments) {
    CommandLine parser = LayertapCommand.parser(out, log);
    ParseResult parsed = parse(parser, arguments);
    if (parsed.isVersionHelpRequested()) {
      out.println("%s %s".formatted(LayertapCommand.NAME, Version.current()));
      return;
    }
    ParseResult asked = parsed.hasSubcommand() ? parsed.subcommand() : parsed;
    if (parsed.isUsageHelpRequested() || asked.isUsageHelpRequested()) {
      out.print(asked.commandSpec().commandLine().getUsageMessage());
    } else if (asked.commandSpec().userObject() instanceof Runnable command) {
      if (command instanceof SparkCommand) {
        Platform.requireSupported()
            .ifPresent(warning -> log.println("layertap: warning: " + warning));
      }
      command.run();
    } else {
      throw UsageException.noCommand(parser);
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

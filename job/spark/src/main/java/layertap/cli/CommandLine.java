package layertap.cli;

import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import layertap.failure.NearestNames;
import layertap.report.Redaction;
import layertap.report.Version;
import layertap.spark.failure.SparkFailures;

/** Runs one command line. */
public final class CommandLine {
  private static final String HELP =
      """
      layertap: activations of chosen layers of a SavedModel as Parquet columns

      layertap extract CONF [--set K=V]... [--limit N]   run the job
      layertap plan CONF [--set K=V]...                  say what it would do; reads no rows
      layertap inspect MODEL [--signature S] [--tags T] [--topology F] [--layers GLOB]
                             [--tensors] [--json]        list what can be tapped
      layertap --version | --help

      --set K=V overrides a key of the configuration, relative to layertap: --set output.mode=overwrite
      --debug prints the stack trace of an error.
      Exit codes: 0 done; 2 the user's (configuration, layer, model, data); 3 the surroundings'
      (storage, network, lost executors; a scheduler may retry); 1 anything else.
      """;

  private final PrintStream out;
  private final PrintStream log;

  /**
   * Makes a command line.
   *
   * @param out for results
   * @param log for progress and errors
   */
  public CommandLine(PrintStream out, PrintStream log) {
    this.out = Redaction.stream(out);
    this.log = Redaction.stream(log);
  }

  /** Runs a command and says how it ended in the last line of the log. */
  public int run(String... arguments) {
    boolean debug = Arrays.asList(arguments).contains("--debug");
    ExitCode code = ExitCode.DONE;
    String words = "done";
    try {
      dispatch(Arrays.asList(arguments));
    } catch (Throwable e) {
      // Whatever it is, the log ends in one line; Spark throws checked exceptions undeclared.
      Throwable failure = SparkFailures.cause(e);
      code = ExitCode.of(failure);
      words = message(failure);
      if (debug || code == ExitCode.INTERNAL) {
        e.printStackTrace(log);
      }
    }
    List<String> lines = words.strip().lines().toList();
    // The last line is for schedulers: what it says first goes on above it.
    lines.stream().skip(1).forEach(log::println);
    log.println(
        "layertap: exit "
            + code.number()
            + ": "
            + lines.get(0)
            + (lines.size() > 1 ? "; see the lines above" : ""));
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

  private void dispatch(List<String> arguments) {
    if (arguments.isEmpty()) {
      throw new UsageException("no command is given");
    }
    List<String> rest = arguments.subList(1, arguments.size());
    switch (arguments.get(0)) {
      case "extract" -> new ExtractCommand(rest, out, log).run();
      case "plan" -> new PlanCommand(rest, out).run();
      case "inspect" -> new InspectCommand(rest, out).run();
      case "--version" -> out.println("layertap " + Version.current());
      case "--help", "-h", "help" -> out.print(HELP);
      default ->
          throw new UsageException(
              "'"
                  + arguments.get(0)
                  + "' is no command; the nearest is "
                  + NearestNames.of(arguments.get(0), List.of("extract", "plan", "inspect"))
                      .get(0));
    }
  }
}

package layertap.cli;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import layertap.failure.FailureKind;
import layertap.failure.LayertapException;
import layertap.failure.NearestNames;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** The command line cannot be understood. */
final class UsageException extends LayertapException {
  private static final long serialVersionUID = 1L;

  private UsageException(CommandLine command, String message) {
    super(
        FailureKind.USER,
        "%s; see %s --help".formatted(message, command.getCommandSpec().qualifiedName()));
  }

  static UsageException noCommand(CommandLine root) {
    return new UsageException(root, "no command is given");
  }

  static UsageException unknownCommand(CommandLine root, String name) {
    return new UsageException(
        root,
        "there is no command '%s'; the nearest is %s"
            .formatted(shown(name), nearest(name, root.getSubcommands().keySet())));
  }

  /** Says in our words what the parser found. */
  static UsageException of(ParameterException problem) {
    CommandLine command = problem.getCommandLine();
    // What is unknown comes first: what else is wrong may follow from it.
    if (!command.getUnmatchedArguments().isEmpty()) {
      return unmatched(command, command.getUnmatchedArguments().get(0));
    }
    String name = command.getCommandName();
    if (problem instanceof MissingParameterException missing) {
      ArgSpec wanted = missing.getMissing().get(0);
      return new UsageException(
          command,
          wanted instanceof OptionSpec option
              ? "%s %s needs a value".formatted(name, option.longestName())
              : "%s needs a %s".formatted(name, wanted.paramLabel()));
    }
    // Only options have values that may not fit: texts are taken as they are.
    OptionSpec option = (OptionSpec) problem.getArgSpec();
    return new UsageException(
        command,
        option.typeInfo().isBoolean()
            ? "%s %s takes no value".formatted(name, option.longestName())
            : "%s %s takes %s, not '%s'"
                .formatted(
                    name,
                    option.longestName(),
                    problem.getCause().getMessage(),
                    problem.getValue()));
  }

  private static UsageException unmatched(CommandLine command, String argument) {
    boolean isRoot = command.getParent() == null;
    Optional<String> key = keyBefore(command, argument);
    if (key.isPresent()) {
      return new UsageException(
          command,
          "%s --set takes K=V, not '%s' without a value"
              .formatted(command.getCommandName(), key.get()));
    }
    if (argument.startsWith("-")) {
      return unknownOption(command, argument.split("=", 2)[0]);
    }
    if (isRoot) {
      return unknownCommand(command, argument);
    }
    String name = command.getCommandName();
    return new UsageException(command, tooMany(name, shown(argument), command.getCommandSpec()));
  }

  private static String tooMany(String name, String argument, CommandSpec command) {
    List<String> operands =
        command.positionalParameters().stream().map(ArgSpec::paramLabel).toList();
    return switch (operands.size()) {
      case 0 -> "%s takes no operand; '%s' is one".formatted(name, argument);
      case 1 -> "%s takes one %s; '%s' is a second one".formatted(name, operands.get(0), argument);
      default ->
          "%s takes %s; '%s' is one too many"
              .formatted(name, String.join(" and ", operands), argument);
    };
  }

  /** The key of {@code --set KEY VALUE}: the value, which may be a secret, is no operand. */
  private static Optional<String> keyBefore(CommandLine command, String argument) {
    List<String> all = command.getParseResult().originalArgs();
    int position = all.indexOf(argument);
    boolean isValue =
        position >= 2
            && all.get(position - 2).equals("--set")
            && !all.get(position - 1).contains("=");
    return isValue ? Optional.of(all.get(position - 1)) : Optional.empty();
  }

  /** Without a value, which may be a secret. */
  private static String shown(String argument) {
    int equals = argument.indexOf('=');
    return equals < 0 ? argument : argument.substring(0, equals);
  }

  private static UsageException unknownOption(CommandLine command, String option) {
    String name = command.getCommandName();
    List<String> owners =
        command.getSubcommands().values().stream()
            .filter(other -> options(other.getCommandSpec()).contains(option))
            .map(CommandLine::getCommandName)
            .toList();
    return new UsageException(
        command,
        owners.isEmpty()
            ? "%s has no option %s; the nearest is %s"
                .formatted(name, option, nearest(option, options(command.getCommandSpec())))
            : "%s is an option of %s; write it after the command"
                .formatted(option, String.join(" and ", owners)));
  }

  private static Set<String> options(CommandSpec command) {
    return command.options().stream()
        .flatMap(option -> List.of(option.names()).stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String nearest(String name, Set<String> names) {
    return NearestNames.of(name, names).get(0);
  }
}

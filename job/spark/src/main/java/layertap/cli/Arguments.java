package layertap.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.failure.NearestNames;

/** The arguments of a command: one operand, options with a value, flags. */
final class Arguments {
  private final String command;
  private String operand = "";
  private final Map<String, List<String>> values = new HashMap<>();
  private final Set<String> flags = new HashSet<>();

  private Arguments(String command) {
    this.command = command;
  }

  /**
   * Reads arguments.
   *
   * @param operandName what the operand is, for messages
   * @param options that take a value
   * @param flags that take none
   */
  static Arguments parse(
      String command,
      List<String> arguments,
      String operandName,
      Set<String> options,
      Set<String> flags) {
    Arguments parsed = new Arguments(command);
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (flags.contains(argument)) {
        parsed.flags.add(argument);
      } else if (options.contains(argument)) {
        if (i + 1 == arguments.size()) {
          throw new UsageException(command + " " + argument + " wants a value");
        }
        parsed.values.computeIfAbsent(argument, key -> new ArrayList<>()).add(arguments.get(++i));
      } else if (argument.startsWith("-")) {
        Set<String> known = new HashSet<>(options);
        known.addAll(flags);
        throw new UsageException(
            command
                + " has no option "
                + argument
                + "; the nearest is "
                + NearestNames.of(argument, known).get(0));
      } else if (!parsed.operand.isEmpty()) {
        throw new UsageException(
            command + " takes one " + operandName + ", but '" + argument + "' is a second");
      } else {
        parsed.operand = argument;
      }
    }
    if (parsed.operand.isEmpty()) {
      throw new UsageException(command + " wants a " + operandName);
    }
    return parsed;
  }

  String operand() {
    return operand;
  }

  List<String> all(String option) {
    return values.getOrDefault(option, List.of());
  }

  /** The value of an option that counts once, the last one given. */
  String last(String option, String fallback) {
    List<String> given = all(option);
    return given.isEmpty() ? fallback : given.get(given.size() - 1);
  }

  boolean has(String flag) {
    return flags.contains(flag);
  }

  /** A whole number that is not negative. */
  long number(String option, long fallback) {
    String text = last(option, "");
    if (text.isEmpty()) {
      return fallback;
    }
    if (!text.matches("\\d{1,9}")) {
      throw new UsageException(command + " " + option + " wants a number, not '" + text + "'");
    }
    return Long.parseLong(text);
  }
}

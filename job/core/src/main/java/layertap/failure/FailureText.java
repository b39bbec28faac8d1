package layertap.failure;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A failure as text, from which kind and message can be read again. Spark's driver gets no more
 * than the text of an executor's failure where it cannot rebuild the object.
 */
public final class FailureText {
  private static final Pattern MARKED =
      Pattern.compile(
          Stream.of(FailureKind.values())
              .map(FailureKind::name)
              .collect(Collectors.joining("|", "\\[layertap:(", ")\\]: (.*)")));

  private FailureText() {}

  static String of(LayertapException failure) {
    return "%s [layertap:%s]: %s"
        .formatted(failure.getClass().getName(), failure.kind(), inOneLine(failure.getMessage()));
  }

  /** What is data stays as it is elsewhere; printed it has no line of its own. */
  private static String inOneLine(String message) {
    return message.lines().map(Printable::line).collect(Collectors.joining("\n"));
  }

  /**
   * The first failure in a text that may hold more, such as a stack trace; the first line of it.
   */
  public static Optional<LayertapException> find(String text, Throwable cause) {
    Matcher marked = MARKED.matcher(text);
    return marked.find()
        ? Optional.of(
            new ReportedFailure(FailureKind.valueOf(marked.group(1)), marked.group(2), cause))
        : Optional.empty();
  }
}

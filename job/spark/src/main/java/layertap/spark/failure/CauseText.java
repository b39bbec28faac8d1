package layertap.spark.failure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a failure of storage is about. */
public final class CauseText {
  private static final Pattern NEW_WORD = Pattern.compile("(?<=[a-z])(?=[A-Z])");

  private CauseText() {}

  /** The message of any failure, with that of its cause where that says more. */
  public static String withCause(Throwable failure) {
    boolean isSilent = failure.getMessage() == null || failure.getMessage().isBlank();
    String text = isSilent ? failure.toString() : failure.getMessage();
    return failure instanceof UncheckedIOException && failure.getCause() != null
        ? "%s: %s".formatted(text, of(failure.getCause()))
        : text;
  }

  /**
   * The failure's message. Java's failures of hosts, files and connections have a name alone for
   * one, or none: then their class says what is the matter, {@code unknown host: storage.example}.
   */
  static String of(Throwable failure) {
    String message = failure.getMessage() == null ? "" : failure.getMessage().strip();
    boolean isSentence = message.contains(" ");
    if (isSentence || (!message.isEmpty() && failure.getClass() == IOException.class)) {
      return message;
    }
    String matter =
        NEW_WORD
            .matcher(failure.getClass().getSimpleName().replaceFirst("(?<=.)Exception$", ""))
            .replaceAll(" ")
            .toLowerCase(Locale.ROOT);
    return message.isEmpty() ? matter : "%s: %s".formatted(matter, message);
  }
}

package layertap.spark.failure;

import java.io.IOException;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a failure of storage is about. */
public final class CauseText {
  private static final Pattern NEW_WORD = Pattern.compile("(?<=[a-z])(?=[A-Z])");

  private CauseText() {}

  /**
   * The failure's message. Java's failures of hosts, files and connections have a name alone for
   * one, or none: then their class says what is the matter, {@code unknown host: storage.example}.
   */
  public static String of(Throwable failure) {
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

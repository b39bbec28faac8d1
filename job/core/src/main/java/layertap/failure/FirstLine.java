package layertap.failure;

/** The first line of a message, which may begin with an empty one and end with a stack trace. */
public final class FirstLine {
  private FirstLine() {}

  /** The first line of a failure's message that says something; empty if there is none. */
  public static String of(Throwable failure) {
    return of(String.valueOf(failure.getMessage()));
  }

  /** The first line of a text that says something; empty if there is none. */
  public static String of(String text) {
    return text.lines().filter(line -> !line.isBlank()).findFirst().orElse("");
  }
}

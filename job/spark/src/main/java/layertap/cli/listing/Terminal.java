package layertap.cli.listing;

import java.io.Console;
import java.lang.reflect.InvocationTargetException;

/** Whether a person reads along. */
public final class Terminal {
  private Terminal() {}

  /** Whether input and output of this process are a terminal, not files or pipes. */
  public static boolean isThere() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      // From Java 22 on there is always a console.
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (IllegalAccessException | InvocationTargetException e) {
      return false;
    }
  }
}

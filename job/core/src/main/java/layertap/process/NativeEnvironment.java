package layertap.process;

import com.sun.jna.Library;
import com.sun.jna.Native;
import java.util.Map;
import java.util.Optional;

/**
 * The environment of this process as its natives see it. Java has a copy of its own, made when it
 * starts, that it cannot change.
 *
 * <p>TensorFlow reads some settings from there alone, once, when it is first used. A launcher could
 * set them before the JVM starts; a bare {@code spark-submit} has no such place, and executors and
 * the trial would each need one more.
 */
public final class NativeEnvironment {
  /** The part of C's library that is used; it is declared in {@code stdlib.h} by POSIX. */
  private interface CLibrary extends Library {
    /** Changes nothing if the variable is set and {@code overwrite} is 0. */
    int setenv(String name, String value, int overwrite);

    String getenv(String name);
  }

  private NativeEnvironment() {}

  /**
   * Sets variables that nobody has set.
   *
   * @return why that is not possible; empty if all are set now
   */
  public static Optional<String> setMissing(Map<String, String> variables) {
    try {
      CLibrary library = library();
      for (Map.Entry<String, String> variable : variables.entrySet()) {
        if (library.setenv(variable.getKey(), variable.getValue(), 0) != 0) {
          return Optional.of("setenv refuses %s".formatted(variable.getKey()));
        }
      }
      return Optional.empty();
    } catch (LinkageError e) {
      return Optional.of(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  /** A variable as natives see it; empty if it is not set, or that cannot be found out. */
  public static Optional<String> get(String variable) {
    try {
      return Optional.ofNullable(library().getenv(variable));
    } catch (LinkageError e) {
      return Optional.ofNullable(System.getenv(variable));
    }
  }

  private static CLibrary library() {
    return Native.load("c", CLibrary.class);
  }
}

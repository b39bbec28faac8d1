package layertap.process;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * What all jobs, sessions and threads of a JVM share: one object of each class that is asked for,
 * made when somebody first does. Tests make states of their own. Thread-safe, as the objects have
 * to be.
 *
 * <p>Nothing else that changes is static, with two exceptions: how TensorFlow was started, for the
 * natives can be loaded only once in a JVM, and their first session decides for all; and what
 * Spark's writes commit, for Spark makes the object that notes it by its class alone. What is read
 * once and never changes, like the table of ops, is a constant.
 */
public final class ProcessState {
  private static final ProcessState OF_THIS_JVM = new ProcessState();

  private final Map<Class<?>, Object> parts = new ConcurrentHashMap<>();

  /** The state of this JVM; where classes are loaded twice, that of the caller's class loader. */
  public static ProcessState ofThisJvm() {
    return OF_THIS_JVM;
  }

  /**
   * The object of a class.
   *
   * @param make called once, by one of the threads that ask first, while the others wait; it asks
   *     for no other part
   */
  public <T> T get(Class<T> part, Supplier<T> make) {
    return part.cast(parts.computeIfAbsent(part, absent -> make.get()));
  }
}

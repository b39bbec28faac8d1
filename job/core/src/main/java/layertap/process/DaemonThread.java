package layertap.process;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Threads that do not keep the JVM from ending. */
public final class DaemonThread {
  private DaemonThread() {}

  /** A thread that is not started yet, such as an executor's. */
  public static Thread of(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  /** A thread that does the work from now on. */
  public static Thread start(String name, Runnable work) {
    Thread thread = of(name, work);
    thread.start();
    return thread;
  }

  /**
   * Does work in a thread of its own and waits for its end, whoever interrupts the caller, which
   * then is interrupted when this returns. An interrupt would break off the loading of natives and
   * of the classes on them, which a JVM tries once only: all later work with them would fail.
   *
   * @return what the work gives; what it throws is thrown
   */
  public static <T> T call(String name, Supplier<T> work) {
    CompletableFuture<Outcome<T>> done = new CompletableFuture<>();
    start(name, () -> done.complete(Outcome.of(work)));
    return done.join().get();
  }
}

package layertap.process;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that natives do not give back. What they use cannot be closed, and a JVM that has any is
 * not to run what libraries do at its end. Thread-safe.
 */
public final class StuckThreads {
  private final AtomicInteger count = new AtomicInteger();

  /** Those of this JVM. */
  public static StuckThreads ofThisJvm() {
    return ProcessState.ofThisJvm().get(StuckThreads.class, StuckThreads::new);
  }

  /** One more. */
  public void add() {
    count.incrementAndGet();
  }

  public boolean areAny() {
    return count.get() > 0;
  }
}

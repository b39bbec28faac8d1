package layertap.extract;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import layertap.process.DaemonThread;
import layertap.process.Outcome;

/** A session of a pool that is open or being opened; what changes is guarded by the pool. */
final class PooledSession {
  final String key;
  final String run;
  int leases;
  long idleSince;
  boolean isReported;
  private final CompletableFuture<FeatureExtractor> extractor = new CompletableFuture<>();

  PooledSession(String key, String run) {
    this.key = key;
    this.run = run;
  }

  /**
   * Opens in a thread of its own. Spark interrupts the threads of tasks that it kills, such as the
   * slower one of two speculative attempts; that would break off the loading of the natives, which
   * a JVM can try once only, and fail other tasks that wait for the same session.
   *
   * @param forget called before those who wait are told that it failed
   */
  void start(Supplier<FeatureExtractor> open, Runnable forget) {
    try {
      CompletableFuture.supplyAsync(open, PooledSession::runAside)
          .whenComplete((opened, failure) -> opened(opened, failure, forget));
    } catch (OutOfMemoryError e) {
      // Without a thread nobody would ever tell those who wait.
      opened(null, e, forget);
    }
  }

  private static void runAside(Runnable opening) {
    DaemonThread.start("layertap opens a session", opening);
  }

  private void opened(FeatureExtractor opened, Throwable failure, Runnable forget) {
    if (failure == null) {
      extractor.complete(opened);
      return;
    }
    forget.run();
    extractor.completeExceptionally(failure);
  }

  /** Waits until it is open; what opening it threw is thrown. */
  FeatureExtractor await() throws InterruptedException {
    try {
      return extractor.get();
    } catch (ExecutionException e) {
      return Outcome.<FeatureExtractor>failed(e.getCause()).get();
    }
  }

  /** One that is still being opened is closed when it is open. */
  void close() {
    extractor.thenAccept(FeatureExtractor::close);
  }
}

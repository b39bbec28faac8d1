package layertap.extract;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Checks at intervals whether memory is short, as long as there is some that can be freed. */
final class MemoryWatch {
  private final BooleanSupplier isShort;
  private final Duration interval;
  private boolean isWatching;

  /**
   * Starts no watch yet.
   *
   * @param isShort whether others want memory
   * @param interval between two questions
   */
  MemoryWatch(BooleanSupplier isShort, Duration interval) {
    this.isShort = isShort;
    this.interval = interval;
  }

  boolean isShort() {
    return isShort.getAsBoolean();
  }

  long intervalNanos() {
    return interval.toNanos();
  }

  /**
   * Watches, unless it does already.
   *
   * @param hasSome whether there is something to give
   * @param give called when memory is short
   */
  void watchWhile(BooleanSupplier hasSome, Runnable give) {
    if (!hasSome.getAsBoolean() || !begin()) {
      return;
    }
    CompletableFuture.delayedExecutor(interval.toNanos(), TimeUnit.NANOSECONDS)
        .execute(
            () -> {
              end();
              if (isShort()) {
                give.run();
              }
              watchWhile(hasSome, give);
            });
  }

  private synchronized boolean begin() {
    boolean isFirst = !isWatching;
    isWatching = true;
    return isFirst;
  }

  private synchronized void end() {
    isWatching = false;
  }
}

package layertap.process;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjLongConsumer;

/** Does something at the earliest of the times for which it is set, by one timer. Thread-safe. */
public final class Alarm {
  private final Runnable work;
  private final ObjLongConsumer<Runnable> timer;
  private boolean isSet;
  private long time;

  /** It is not set yet. */
  public Alarm(Runnable work) {
    this(
        work,
        (ring, nanos) ->
            CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS).execute(ring));
  }

  /**
   * The same.
   *
   * @param timer runs what it is given after so many nanoseconds
   */
  Alarm(Runnable work, ObjLongConsumer<Runnable> timer) {
    this.work = work;
    this.timer = timer;
  }

  /** Sets it for a time from now, unless it is set for an earlier one. */
  public void setWithin(long nanos) {
    long delay = Math.max(0, nanos);
    long wanted;
    synchronized (this) {
      wanted = System.nanoTime() + delay;
      if (isSet && wanted - time >= 0) {
        return;
      }
      isSet = true;
      time = wanted;
    }
    timer.accept(() -> ring(wanted), delay);
  }

  private void ring(long set) {
    synchronized (this) {
      isSet &= time != set;
    }
    work.run();
  }
}

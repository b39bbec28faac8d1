package layertap.publish;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Keeps two runs off one output: a file that its holder renews. Who finds one that was not renewed
 * in time, or whose process is gone, takes it over. Thread-safe.
 *
 * <p>A run that was suspended for longer than its lease may find that another one took it over;
 * {@link #require} tells, and is asked before anything is published.
 */
final class Lease implements AutoCloseable {
  private static final int RENEWALS = 4;

  private final OutputStore store;
  private final OutputPlaces places;
  private final Duration duration;
  private final Clock clock;
  private LeaseHolder mine;
  private Thread renewer;

  Lease(OutputStore store, OutputPlaces places, Duration duration, Clock clock) {
    this.store = store;
    this.places = places;
    this.duration = duration;
    this.clock = clock;
  }

  /**
   * Takes the lease and renews it from now on.
   *
   * @throws OutputBusyException if another run holds it
   */
  synchronized void acquire() {
    mine = LeaseHolder.ofThisProcess(places.runId(), clock.instant(), duration);
    if (!store.writeNew(places.lease(), mine.toJson())) {
      takeOver();
    }
    require();
    renewer = new Thread(this::renewInTurns, "layertap-lease");
    renewer.setDaemon(true);
    renewer.start();
  }

  private void takeOver() {
    String found = store.read(places.lease()).orElse("");
    Optional<LeaseHolder> holder = LeaseHolder.parse(found);
    if (holder.isPresent() && !holder.get().isDead(clock.instant())) {
      throw busy(holder.get().toString());
    }
    store.delete(places.lease());
    if (!store.writeNew(places.lease(), mine.toJson())) {
      throw busy("another run, which started at the same moment,");
    }
  }

  private OutputBusyException busy(String holder) {
    return new OutputBusyException(
        "cannot write to "
            + places.target()
            + ": "
            + holder
            + " is writing to it; wait for its end, or, if it is dead, for "
            + duration.toSeconds()
            + " seconds (output.lease-seconds)");
  }

  private Optional<LeaseHolder> holder() {
    return store.read(places.lease()).flatMap(LeaseHolder::parse);
  }

  /** Whether the file is still this run's. */
  synchronized boolean isHeld() {
    return mine != null && holder().filter(holder -> holder.isSameAs(mine)).isPresent();
  }

  /**
   * Goes on only if this run holds the lease.
   *
   * @throws OutputBusyException if another run took it over
   */
  synchronized void require() {
    if (!isHeld()) {
      throw new OutputBusyException(
          "cannot go on writing to "
              + places.target()
              + ": "
              + holder().map(LeaseHolder::toString).orElse("another run")
              + " took it over, since this one was not heard of for "
              + duration.toSeconds()
              + " seconds (output.lease-seconds); start it again");
    }
  }

  private void renewInTurns() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        Thread.sleep(duration.toMillis() / RENEWALS);
        renew();
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  private synchronized void renew() {
    try {
      if (isHeld()) {
        Instant now = clock.instant();
        store.write(places.lease(), mine.renewedAt(now).toJson());
      }
    } catch (RuntimeException e) {
      // The storage may be back before the lease is over; before publication it is asked again.
    }
  }

  /** Gives the lease back. */
  synchronized void giveBack() {
    boolean wasHeld = isHeld();
    close();
    if (wasHeld) {
      store.delete(places.lease());
    }
  }

  /** Holds it no more; the file goes with the directory that it is in. */
  @Override
  public synchronized void close() {
    if (renewer != null) {
      renewer.interrupt();
    }
    mine = null;
  }
}

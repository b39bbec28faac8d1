package layertap.publish;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import layertap.failure.OutputBusyException;
import layertap.process.DaemonThread;

/**
 * Keeps two runs from writing to one output: a file that its holder renews. A run that finds one
 * that was not renewed in time, or whose process is gone, takes it over. Thread-safe.
 *
 * <p>A run that was suspended for longer than its lease may find that another one took it over;
 * {@link #require} tells, and is asked before anything is published.
 */
final class Lease implements AutoCloseable {
  private static final int RENEWALS = 4;
  private static final String CLAIM = "-next";

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
    take(places.lease());
    require();
    renewer = DaemonThread.start("layertap-lease", this::renewInTurns);
  }

  /** Writes a file that one run at a time may write, or takes it over from a dead one. */
  private void take(String file) {
    if (store.writeNew(file, RecordJson.write(mine))) {
      return;
    }
    Optional<String> found = store.read(file);
    Optional<LeaseHolder> holder = found.flatMap(text -> RecordJson.parse(text, LeaseHolder.class));
    if (holder.isPresent() && !isDead(holder.get(), file, found)) {
      throw busy(holder.get().toString());
    }
    // Of those who find the same dead holder, the one who has this file may replace it.
    String claim = file + CLAIM;
    take(claim);
    boolean isTaken = store.read(file).equals(found);
    if (isTaken) {
      if (found.isPresent()) {
        // A file that was given back meanwhile may by now be that of a third run.
        store.delete(file);
      }
      isTaken = store.writeNew(file, RecordJson.write(mine));
    }
    store.delete(claim);
    if (!isTaken) {
      throw busy("another run, which started at the same moment,");
    }
  }

  private boolean isDead(LeaseHolder holder, String file, Optional<String> found) {
    return holder.isDead(clock.instant())
        && (holder.isOnThisMachine() || isSilent(holder, file, found));
  }

  /** Clocks of two machines may differ: who renews a lease is alive, whatever the clocks say. */
  private boolean isSilent(LeaseHolder holder, String file, Optional<String> found) {
    try {
      Thread.sleep(Duration.ofSeconds(holder.seconds()).toMillis() * 2 / RENEWALS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return store.read(file).equals(found);
  }

  private OutputBusyException busy(String holder) {
    return new OutputBusyException(
        ("cannot write to %s: %s is writing to it; wait for its end, or, if it is "
                + "dead, for %s seconds (output.lease-seconds)")
            .formatted(places.target(), holder, duration.toSeconds()));
  }

  /**
   * Goes on only if nobody is known to hold the lease, and leaves it as it is. Whoever was not
   * heard of in time counts as dead here: nothing is taken over.
   *
   * @throws OutputBusyException if a run holds it
   */
  void requireNoLiveHolder() {
    Optional<LeaseHolder> holder = holder();
    if (holder.isPresent() && !holder.get().isDead(clock.instant())) {
      throw busy(holder.get().toString());
    }
  }

  private Optional<LeaseHolder> holder() {
    return store.read(places.lease()).flatMap(text -> RecordJson.parse(text, LeaseHolder.class));
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
          ("cannot go on writing to %s: %s took it over, since this one was not heard "
                  + "of for %s seconds (output.lease-seconds); start it again")
              .formatted(
                  places.target(),
                  holder().map(LeaseHolder::toString).orElse("another run"),
                  duration.toSeconds()));
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
        store.write(places.lease(), RecordJson.write(mine.renewedAt(now)));
      }
    } catch (RuntimeException | OutOfMemoryError e) {
      // The storage, or memory, may be back before the lease is over; before publication it is
      // asked again.
    }
  }

  /** Gives the lease back. */
  synchronized void giveBack() {
    boolean wasHeld;
    try {
      wasHeld = isHeld();
    } finally {
      close();
    }
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

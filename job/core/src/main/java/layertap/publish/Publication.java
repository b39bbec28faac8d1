package layertap.publish;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import layertap.failure.OutputBusyException;
import layertap.publish.Decision.Way;

/**
 * One run's way to an output: files are written beside it and become part of it when they are
 * whole.
 *
 * <pre>
 *   open      takes the lease; finishes what a dead run decided, deletes what it left
 *   directory is written to by tasks, any number of attempts
 *   publish   deletes what failed attempts left, writes the manifest, then the decision;
 *             carries it out: swaps directories, or moves files and writes the manifest last
 *   close     leaves nothing beside the output, unless a decision could not be carried out
 * </pre>
 *
 * <p>Before the decision is written a crash changes nothing that readers see; after it, the next
 * {@link #open} goes on. Thread-safe.
 */
public final class Publication implements AutoCloseable {
  private final OutputStore store;
  private final OutputPlaces places;
  private final Lease lease;
  private final Transfer transfer;

  private Publication(OutputStore store, OutputPlaces places, Lease lease) {
    this.store = store;
    this.places = places;
    this.lease = lease;
    this.transfer = new Transfer(store, places, lease);
  }

  /**
   * Takes an output for a run.
   *
   * @param target the output's path, without a slash at its end
   * @param leaseDuration after which a run that is not heard of counts as dead
   * @throws OutputBusyException if another run is on it
   */
  public static Publication open(
      OutputStore store, String target, String runId, Duration leaseDuration) {
    return open(store, target, runId, leaseDuration, Clock.systemUTC());
  }

  static Publication open(
      OutputStore store, String target, String runId, Duration leaseDuration, Clock clock) {
    OutputPlaces places = new OutputPlaces(target, runId);
    Lease lease = new Lease(store, places, leaseDuration, clock);
    lease.acquire();
    Publication publication = new Publication(store, places, lease);
    try {
      publication.recover();
      return publication;
    } catch (Throwable e) {
      publication.giveBackAfter(e);
      throw e;
    }
  }

  /** Else it would be renewed as long as this process runs, and no other run could begin. */
  private void giveBackAfter(Throwable failure) {
    try {
      lease.giveBack();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** Goes on with a decision of a dead run; deletes what others left. */
  private void recover() {
    store
        .read(places.decision())
        .map(text -> Decision.parse(text, places))
        .ifPresent(transfer::carryOutIfWhole);
    transfer.deleteLeftovers();
  }

  /** The directory to write to; the same after each {@link #publish}, and empty again. */
  public String directory() {
    return places.staged();
  }

  /** A directory for notes of the run, deleted at its end. */
  public String scratch() {
    return places.scratch();
  }

  /**
   * Makes what was written the output, or a part of it.
   *
   * @param files that belong to it, relative; what else failed attempts left is deleted
   * @param manifest text of the manifest, which replaces the one that is there
   * @param replaces whether the files that are there go
   * @throws OutputBusyException if another run took the output over
   */
  public synchronized void publish(Set<String> files, String manifest, boolean replaces) {
    transfer.clear(places.staged(), files);
    requireStaged(files);
    store.write(places.stagedManifest(), manifest);
    lease.require();
    Decision decision =
        new Decision(places.runId(), way(replaces), List.copyOf(new TreeSet<>(files)));
    decide(decision);
    try {
      transfer.carryOut(decision);
    } catch (RuntimeException e) {
      tryAgain(decision, e);
    }
  }

  private void requireStaged(Set<String> files) {
    Set<String> gone = new TreeSet<>(files);
    gone.removeAll(transfer.filesIn(places.staged()));
    if (!gone.isEmpty()) {
      throw new UncheckedIOException(
          "cannot publish " + places.target(),
          new IOException(
              "files that were written are gone, %s the first of %s; start it again"
                  .formatted(gone.iterator().next(), gone.size())));
    }
  }

  /** If this process was suspended since it asked for the lease, others are on the output. */
  private void decide(Decision decision) {
    store.write(places.decision(), RecordJson.write(decision));
    try {
      lease.require();
    } catch (OutputBusyException e) {
      store
          .read(places.decision())
          .filter(RecordJson.write(decision)::equals)
          .ifPresent(mine -> store.delete(places.decision()));
      throw e;
    }
  }

  private Way way(boolean replaces) {
    if (store.renamesDirectories() && (replaces || !store.exists(places.target()))) {
      return Way.SWAP;
    }
    return replaces ? Way.MOVE_AND_CLEAR : Way.MOVE;
  }

  private void tryAgain(Decision decision, RuntimeException failure) {
    try {
      transfer.carryOut(decision);
    } catch (OutputBusyException e) {
      e.addSuppressed(failure);
      throw e;
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
      undo(failure);
      throw failure;
    }
  }

  private void undo(RuntimeException failure) {
    try {
      transfer.undo();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * For a process that is told to end: waits for a publication that is going on, then gives the
   * lease back, so that the next run need not wait for its end. Nothing is published any more.
   */
  public synchronized void abandon() {
    lease.giveBack();
  }

  /** Gives the output back; what was not published is deleted. */
  @Override
  public synchronized void close() {
    boolean isDone;
    try {
      isDone = lease.isHeld() && store.read(places.decision()).isEmpty();
    } catch (Throwable e) {
      giveBackAfter(e);
      throw e;
    }
    if (isDone) {
      lease.close();
      store.delete(places.work());
    } else {
      lease.giveBack();
    }
  }
}

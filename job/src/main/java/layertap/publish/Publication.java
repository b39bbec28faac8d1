package layertap.publish;

import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import layertap.publish.Decision.Way;
import layertap.report.ManifestWriter;

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

  private Publication(OutputStore store, OutputPlaces places, Lease lease) {
    this.store = store;
    this.places = places;
    this.lease = lease;
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
    publication.recover();
    return publication;
  }

  /** Goes on with a decision of a dead run; deletes what others left. */
  private void recover() {
    store.read(places.decision()).map(Decision::parse).ifPresent(this::carryOut);
    store.filesBelow(places.work()).stream()
        .filter(path -> !path.equals(places.lease()))
        .map(path -> places.work() + "/" + firstName(path))
        .distinct()
        .forEach(store::delete);
  }

  private String firstName(String path) {
    return path.substring(places.work().length() + 1).split("/", 2)[0];
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
    store.filesBelow(places.staged()).stream()
        .filter(path -> !files.contains(relative(path, places.staged())))
        .forEach(store::delete);
    store.write(places.stagedManifest(), manifest);
    lease.require();
    Decision decision =
        new Decision(places.runId(), way(replaces), List.copyOf(new TreeSet<>(files)));
    store.write(places.decision(), decision.toJson());
    try {
      carryOut(decision);
    } catch (RuntimeException e) {
      tryAgain(decision, e);
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
      carryOut(decision);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
      putBack(failure);
      throw failure;
    }
  }

  /** Until the next command carries out the decision, readers shall find the old output. */
  private void putBack(RuntimeException failure) {
    try {
      if (store.exists(places.old()) && !store.exists(places.target())) {
        store.rename(places.old(), places.target());
      }
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** Each step is one that a crash may leave done, not done, or half done. */
  private void carryOut(Decision decision) {
    OutputPlaces run = places.of(decision.runId());
    if (decision.how() == Way.SWAP) {
      swap(run);
    } else {
      move(run, decision);
    }
    store.delete(places.decision());
    store.delete(run.staged());
  }

  private void swap(OutputPlaces run) {
    if (store.exists(run.staged())) {
      if (store.exists(run.target())) {
        store.rename(run.target(), run.old());
      }
      store.rename(run.staged(), run.target());
    }
    store.delete(run.old());
  }

  private void move(OutputPlaces run, Decision decision) {
    Set<String> left = relative(run.staged());
    store.moveFiles(
        run.staged(), run.target(), decision.files().stream().filter(left::contains).toList());
    Set<String> there = relative(run.target());
    if (!there.containsAll(decision.files())) {
      throw new IllegalStateException(
          "files of the run " + run.runId() + " are gone; " + run.target() + " lacks them");
    }
    String manifest = store.read(run.stagedManifest()).orElseThrow();
    store.write(run.manifest(), manifest);
    if (decision.how() == Way.MOVE_AND_CLEAR) {
      there.removeAll(decision.files());
      there.remove(ManifestWriter.FILE);
      there.forEach(file -> store.delete(run.target() + "/" + file));
    }
  }

  private Set<String> relative(String directory) {
    Set<String> files = new HashSet<>();
    store.filesBelow(directory).forEach(path -> files.add(relative(path, directory)));
    return files;
  }

  private static String relative(String path, String directory) {
    return path.substring(directory.length() + 1);
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
    if (lease.isHeld() && store.read(places.decision()).isEmpty()) {
      lease.close();
      store.delete(places.work());
    } else {
      lease.giveBack();
    }
  }
}

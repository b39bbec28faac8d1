package layertap.publish;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import layertap.failure.OutputException;
import layertap.publish.Decision.Way;
import layertap.report.ManifestWriter;

/**
 * Carries out decisions: what was written becomes the output, or a part of it. Each step is one
 * that a crash may leave done, not done, or half done; the next command takes it up. Thread-safe as
 * its store is.
 */
record Transfer(OutputStore store, OutputPlaces places, Lease lease) {
  void carryOut(Decision decision) {
    OutputPlaces run = places.of(decision.runId());
    if (decision.how() == Way.SWAP) {
      swap(run, decision);
    } else {
      move(run, decision);
    }
    store.delete(places.decision());
    store.delete(run.staged());
  }

  /** A run that was suspended may have written a decision after others deleted its files. */
  void carryOutIfWhole(Decision decision) {
    if (isWhole(decision)) {
      carryOut(decision);
    } else {
      store.delete(places.decision());
    }
  }

  /** Whether the files of a decision are there, or where they belong already. */
  boolean isWhole(Decision decision) {
    OutputPlaces run = places.of(decision.runId());
    return decision.how() == Way.SWAP
        ? !store.exists(run.staged()) || filesIn(run.staged()).containsAll(decision.files())
        : store.exists(run.stagedManifest());
  }

  private void swap(OutputPlaces run, Decision decision) {
    if (store.exists(run.staged())) {
      lease.require();
      if (store.exists(run.target())) {
        store.rename(run.target(), run.old());
      }
      store.rename(run.staged(), run.target());
      clear(run.target(), output(decision));
    } else if (!store.exists(run.target()) && store.exists(run.old())) {
      store.rename(run.old(), run.target());
    }
    if (store.exists(run.old())) {
      // Half deleted, it must not be taken for what was the output.
      store.rename(run.old(), run.gone());
      store.delete(run.gone());
    }
  }

  private void move(OutputPlaces run, Decision decision) {
    lease.require();
    Set<String> left = filesIn(run.staged());
    store.moveFiles(
        run.staged(), run.target(), decision.files().stream().filter(left::contains).toList());
    requireAll(run, decision);
    String manifest = store.read(run.stagedManifest()).orElseThrow();
    lease.require();
    store.write(run.manifest(), manifest);
    if (decision.how() == Way.MOVE_AND_CLEAR) {
      lease.require();
      clear(run.target(), output(decision));
    }
  }

  /** Some were moved before a crash, and may have been deleted since. */
  private void requireAll(OutputPlaces run, Decision decision) {
    Set<String> gone = new TreeSet<>(decision.files());
    gone.removeAll(filesIn(run.target()));
    if (!gone.isEmpty()) {
      throw new OutputException(
          ("cannot finish publishing the run %s: %s of its %s files are gone from %s, %s the first;"
                  + " put them back, or, to drop the run, delete %s, and from the output the files"
                  + " that it lists")
              .formatted(
                  run.runId(),
                  gone.size(),
                  decision.files().size(),
                  run.target(),
                  gone.iterator().next(),
                  places.decision()));
    }
  }

  private static Set<String> output(Decision decision) {
    Set<String> files = new HashSet<>(decision.files());
    files.add(ManifestWriter.FILE);
    return files;
  }

  /** Until the next command carries out the decision, readers shall find the old output. */
  void undo() {
    if (lease.isHeld() && store.exists(places.old()) && !store.exists(places.target())) {
      store.rename(places.old(), places.target());
    }
  }

  /** Deletes what runs left; but the output before, if it is in no other place, is put back. */
  void deleteLeftovers() {
    boolean isThere = store.exists(places.target());
    for (String path : leftovers()) {
      if (!isThere && OutputPlaces.isOld(path)) {
        store.rename(path, places.target());
        isThere = true;
      } else {
        store.delete(path);
      }
    }
  }

  /** What is beside the output, but for the lease. */
  Set<String> leftovers() {
    Set<String> left = new TreeSet<>();
    for (String file : store.filesBelow(places.work())) {
      if (!file.equals(places.lease())) {
        left.add(places.work() + "/" + file.substring(places.work().length() + 1).split("/", 2)[0]);
      }
    }
    return left;
  }

  /** Deletes what attempts left that failed, or that were not told yet that another one won. */
  void clear(String directory, Set<String> files) {
    List<String> others =
        store.filesBelow(directory).stream()
            .filter(path -> !files.contains(relative(path, directory)))
            .toList();
    if (!others.isEmpty()) {
      store.deleteFiles(directory, others);
    }
  }

  /** Paths of all files below a directory, relative to it. */
  Set<String> filesIn(String directory) {
    Set<String> files = new HashSet<>();
    store.filesBelow(directory).forEach(path -> files.add(relative(path, directory)));
    return files;
  }

  private static String relative(String path, String directory) {
    return path.substring(directory.length() + 1);
  }
}

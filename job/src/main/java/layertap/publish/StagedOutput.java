package layertap.publish;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import layertap.report.ManifestWriter;

/**
 * A directory that is written beside its target and renamed in, on file systems whose renames are
 * atomic:
 *
 * <pre>
 *   .features.layertap-RUN.new   written, then its manifest
 *   features  ─▶  .features.layertap-RUN.old
 *   .features.layertap-RUN.new  ─▶  features
 *   .features.layertap-RUN.old   deleted
 * </pre>
 *
 * <p>The names begin with a dot, so that readers of the parent directory pass over them. A crash
 * leaves a state from which {@link #recover} goes on or back.
 */
public final class StagedOutput {
  private static final String MARK = ".layertap-";
  private static final String NEW = ".new";
  private static final String OLD = ".old";

  private final OutputStore store;
  private final String target;
  private final String runId;

  /**
   * Names the directories of a run.
   *
   * @param target without a slash at its end
   */
  public StagedOutput(OutputStore store, String target, String runId) {
    this.store = store;
    this.target = target;
    this.runId = runId;
  }

  /** The directory to write to. */
  public String directory() {
    return sibling(runId, NEW);
  }

  private String sibling(String run, String suffix) {
    int slash = target.lastIndexOf('/') + 1;
    return target.substring(0, slash) + "." + target.substring(slash) + MARK + run + suffix;
  }

  /** Finishes or undoes what earlier runs left in the middle of publication. */
  public void recover() {
    int slash = target.lastIndexOf('/') + 1;
    String prefix = target.substring(0, slash) + "." + target.substring(slash) + MARK;
    List<String> siblings =
        store.children(slash == 0 ? "." : target.substring(0, slash)).stream()
            .filter(path -> path.startsWith(prefix))
            .toList();
    for (String old : siblings.stream().filter(path -> path.endsWith(OLD)).toList()) {
      String run = old.substring(prefix.length(), old.length() - OLD.length());
      if (!store.exists(target)) {
        boolean isWhole = store.exists(sibling(run, NEW) + "/" + ManifestWriter.FILE);
        store.rename(isWhole ? sibling(run, NEW) : old, target);
      }
      store.delete(old);
    }
    siblings.stream().filter(path -> path.endsWith(NEW)).forEach(store::delete);
  }

  /**
   * Puts the written directory in the target's place.
   *
   * @param files that belong to it, relative; what failed attempts left besides is deleted
   * @param manifest text of the manifest
   */
  public void publish(Set<String> files, String manifest) {
    String directory = directory();
    Set<String> wanted = new HashSet<>();
    files.forEach(file -> wanted.add(directory + "/" + file));
    store.filesBelow(directory).stream()
        .filter(path -> !wanted.contains(path))
        .forEach(store::delete);
    store.write(directory + "/" + ManifestWriter.FILE, manifest);
    if (store.exists(target)) {
      store.rename(target, sibling(runId, OLD));
    }
    store.rename(directory, target);
    store.delete(sibling(runId, OLD));
  }

  /** Removes what was written; if publication stopped halfway, the old output is put back. */
  public void discard() {
    store.delete(directory());
    String old = sibling(runId, OLD);
    if (store.exists(old) && !store.exists(target)) {
      store.rename(old, target);
    }
  }
}

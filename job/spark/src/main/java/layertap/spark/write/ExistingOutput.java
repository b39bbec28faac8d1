package layertap.spark.write;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import layertap.config.JobConfig;
import layertap.config.JobConfig.Mode;
import layertap.failure.OutputException;
import layertap.publish.OutputStore;
import layertap.report.ManifestWriter;
import layertap.report.PublishedManifest;
import layertap.report.PublishedRun;

/** The output that a run adds to, as its manifest describes it. */
final class ExistingOutput {
  private final String target;
  private final Optional<PublishedManifest> manifest;

  private ExistingOutput(String target, Optional<PublishedManifest> manifest) {
    this.target = target;
    this.manifest = manifest;
  }

  /**
   * Looks at what is there.
   *
   * @throws OutputException if the mode does not allow it
   */
  static ExistingOutput at(OutputStore store, String target, JobConfig.Output output) {
    Mode mode = output.mode();
    if (mode == Mode.ERROR && store.exists(target)) {
      throw new OutputException(
          ("cannot write to %s: it is there already; set output.mode to overwrite, or "
                  + "another output.path")
              .formatted(output.path()));
    }
    if (mode == Mode.ERROR || mode == Mode.OVERWRITE || store.filesBelow(target).isEmpty()) {
      return new ExistingOutput(target, Optional.empty());
    }
    Optional<PublishedManifest> manifest =
        store.read(target + "/" + ManifestWriter.FILE).flatMap(PublishedManifest::parse);
    if (manifest.isEmpty()) {
      throw new OutputException(
          "cannot add to "
              + output.path()
              + ": it has no "
              + ManifestWriter.FILE
              + " of format 1, so nobody knows what made it; set another output.path, or"
              + " output.mode to overwrite");
    }
    return new ExistingOutput(target, manifest);
  }

  boolean isEmpty() {
    return manifest.isEmpty();
  }

  boolean isComplete() {
    return manifest.map(PublishedManifest::complete).orElse(false);
  }

  /** Runs whose files are in it. */
  List<PublishedRun> runs() {
    return manifest.map(PublishedManifest::runs).orElse(List.of());
  }

  /** Full paths of its files. */
  String[] files() {
    return manifest.map(PublishedManifest::allFiles).orElse(List.of()).stream()
        .map(file -> target + "/" + file)
        .toArray(String[]::new);
  }

  /**
   * Goes on only if a run of these columns may add to it.
   *
   * @throws OutputException if features of two kinds would be mixed, or a run would be there twice
   */
  void requireSame(
      SamePlan plan,
      List<String> columns,
      List<String> partitionBy,
      JobConfig.Output output,
      String runId) {
    if (manifest.isEmpty()) {
      return;
    }
    PublishedManifest there = manifest.get();
    Optional<String> difference = plan.difference(there);
    if (difference.isPresent()) {
      throw refused(output, difference.get());
    }
    if (!there.columns().equals(columns)) {
      throw refused(output, "its columns differ: " + difference(there.columns(), columns));
    }
    if (!there.partitionBy().equals(partitionBy)) {
      throw refused(
          output, "it is split by " + there.partitionBy() + ", this run by " + partitionBy);
    }
    boolean isThere = there.runs().stream().anyMatch(run -> run.run().equals(runId));
    if (output.mode() == Mode.APPEND && isThere) {
      throw new OutputException(
          ("cannot add to %s: the run %s is in it already; set another output.run-id if "
                  + "its rows are others")
              .formatted(output.path(), runId));
    }
  }

  private static OutputException refused(JobConfig.Output output, String fact) {
    return new OutputException(
        "cannot add to %s: %s; write to another output.path, or set output.mode to overwrite"
            .formatted(output.path(), fact));
  }

  private static String difference(List<String> there, List<String> columns) {
    List<String> gone = new ArrayList<>(there);
    gone.removeAll(columns);
    List<String> added = new ArrayList<>(columns);
    added.removeAll(there);
    if (gone.isEmpty() && added.isEmpty()) {
      return "the same ones in another order";
    }
    return "there " + gone + ", here " + added;
  }
}

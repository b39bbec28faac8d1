package layertap.spark.write;

import java.util.Optional;
import layertap.config.JobConfig;
import layertap.config.JobConfig.Mode;
import layertap.config.JobConfig.Optimization;
import layertap.hadoop.HadoopFiles;
import layertap.hadoop.HadoopOutputStore;
import layertap.report.ManifestWriter;
import layertap.report.PublishedManifest;

/**
 * Decides what {@code run.optimize = auto} means for a run: rows that are added to an output are
 * computed as those that are there. Reads the output's manifest, if there is one.
 */
public final class AutoOptimization {
  private AutoOptimization() {}

  /**
   * The configuration with a decision.
   *
   * @throws java.io.UncheckedIOException if the output's storage fails
   */
  public static JobConfig decide(JobConfig config) {
    if (config.run().optimize() != Optimization.AUTO) {
      return config;
    }
    return config.with(isExact(config.output()) ? Optimization.EXACT : Optimization.FAST);
  }

  private static boolean isExact(JobConfig.Output output) {
    if (!output.table().isEmpty()) {
      // What a table holds is known once Spark has started, which is after planning.
      return true;
    }
    if (output.mode() != Mode.APPEND && output.mode() != Mode.RESUME) {
      return false;
    }
    HadoopOutputStore store = HadoopOutputStore.of(output.path(), HadoopFiles.configuration());
    String target = store.qualify(output.path());
    Optional<String> manifest =
        store.isRoot(target) ? Optional.empty() : store.read(target + "/" + ManifestWriter.FILE);
    return manifest
        .flatMap(PublishedManifest::parse)
        .filter(there -> !there.isOptimized())
        .isPresent();
  }
}

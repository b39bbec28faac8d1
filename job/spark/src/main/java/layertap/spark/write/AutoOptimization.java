package layertap.spark.write;

import java.util.Optional;
import layertap.config.JobConfig;
import layertap.config.JobConfig.Mode;
import layertap.config.RunSettings;
import layertap.config.RunSettings.Optimization;
import layertap.graph.precision.WantedPrecision;
import layertap.hadoop.HadoopFiles;
import layertap.hadoop.HadoopOutputStore;
import layertap.report.ManifestWriter;
import layertap.report.PublishedManifest;

/**
 * Decides what {@code auto} means for a run, in {@code run.optimize} and {@code run.precision}:
 * rows that are added to an output are computed as those that are there. Reads the output's
 * manifest, if there is one.
 */
public final class AutoOptimization {
  private AutoOptimization() {}

  /**
   * The configuration with decisions; only precision may stay open, where nothing is added to.
   *
   * @throws java.io.UncheckedIOException if the output's storage fails
   */
  public static JobConfig decide(JobConfig config) {
    RunSettings run = config.run();
    if (run.optimize() != Optimization.AUTO && run.precision() != WantedPrecision.AUTO) {
      return config;
    }
    if (!config.output().table().isEmpty()) {
      // What a table holds is known once Spark has started, which is after planning.
      return decided(config, Optimization.EXACT, WantedPrecision.FLOAT32);
    }
    Optional<PublishedManifest> there = there(config.output());
    boolean isExact = there.filter(manifest -> !manifest.isOptimized()).isPresent();
    return decided(
        config,
        isExact ? Optimization.EXACT : Optimization.FAST,
        there
            .map(PublishedManifest::isBFloat16)
            .map(isReduced -> isReduced ? WantedPrecision.BFLOAT16 : WantedPrecision.FLOAT32)
            .orElse(WantedPrecision.AUTO));
  }

  private static JobConfig decided(
      JobConfig config, Optimization optimize, WantedPrecision precision) {
    RunSettings run = config.run();
    return config.with(
        run.with(
            run.optimize() == Optimization.AUTO ? optimize : run.optimize(),
            run.precision() == WantedPrecision.AUTO ? precision : run.precision()));
  }

  /** The output that rows are added to. */
  private static Optional<PublishedManifest> there(JobConfig.Output output) {
    if (output.mode() != Mode.APPEND && output.mode() != Mode.RESUME) {
      return Optional.empty();
    }
    HadoopOutputStore store = HadoopOutputStore.of(output.path(), HadoopFiles.configuration());
    String target = store.qualify(output.path());
    Optional<String> manifest =
        store.isRoot(target) ? Optional.empty() : store.read(target + "/" + ManifestWriter.FILE);
    return manifest.flatMap(PublishedManifest::parse);
  }
}

package layertap.config;

import layertap.config.RunSettings.Optimization;
import layertap.graph.precision.WantedPrecision;

/** Reads the part {@code run}. */
final class RunParser {
  private RunParser() {}

  static RunSettings parse(Section section) {
    RunSettings run =
        new RunSettings(
            section.wholeNumberOrAuto("batch-size", 1, RunSettings.AUTO_BATCH_SIZE),
            section.wholeNumber("batch-seconds", 0, 600),
            section.choice("optimize", Optimization.class, Optimization.AUTO),
            section.choice("precision", WantedPrecision.class, WantedPrecision.FLOAT32),
            section.bool("self-check", true),
            section.wholeNumber("trial-seconds", 0, 300),
            section.bool("remember-trial", true),
            section.wholeNumber("model-cache-megabytes", 0, 8192),
            section.wholeNumber("progress-seconds", 0, 10),
            section.wholeNumber("first-rows", 0, 16));
    section.finish();
    return run;
  }
}

package layertap.cli;

import java.util.ArrayList;
import java.util.List;
import layertap.config.JobConfig;
import layertap.failure.ConfigProblemException;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The configuration of a job, as commands take it. */
final class ConfigOptions {
  @Parameters(
      paramLabel = "CONF",
      description = "The configuration: a file, or its URI (hdfs://…, s3a://…).")
  String path;

  @Option(
      names = "--set",
      paramLabel = "K=V",
      description = {
        "Overrides the key K of the configuration, relative to layertap, as in",
        "--set output.mode=overwrite. May be repeated; of a key, the last value counts."
      })
  List<String> overrides = new ArrayList<>();

  JobConfig load() {
    // What follows --set KEY may be taken for the file, though it is a value, and a secret.
    List<String> keys = overrides.stream().filter(override -> !override.contains("=")).toList();
    if (!keys.isEmpty()) {
      throw new ConfigProblemException(
          keys.stream().map("--set %s: it is not of the form key=value"::formatted).toList());
    }
    return ConfigFiles.load(path, overrides);
  }
}

package layertap.cli;

import java.util.ArrayList;
import java.util.List;
import layertap.config.JobConfig;
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
    return ConfigFiles.load(path, overrides);
  }
}

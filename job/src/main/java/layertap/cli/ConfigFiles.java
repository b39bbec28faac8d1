package layertap.cli;

import java.nio.charset.StandardCharsets;
import java.util.List;
import layertap.config.JobConfig;
import layertap.config.JobConfigLoader;
import layertap.spark.HadoopFiles;

/** Reads configuration files from wherever they lie. */
final class ConfigFiles {
  private ConfigFiles() {}

  static JobConfig load(String path, List<String> overrides) {
    String text = new String(HadoopFiles.read(path), StandardCharsets.UTF_8);
    return JobConfigLoader.load(text, path, overrides);
  }
}

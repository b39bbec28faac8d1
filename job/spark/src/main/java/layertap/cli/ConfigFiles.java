package layertap.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import layertap.config.JobConfig;
import layertap.config.JobConfigLoader;
import layertap.failure.UserException;
import layertap.hadoop.HadoopFiles;

/** Reads configuration files from wherever they lie. */
final class ConfigFiles {
  private ConfigFiles() {}

  /**
   * Reads a configuration and asks the storage that it names whether it answers, before anybody
   * waits for a cluster.
   */
  static JobConfig load(String path, List<String> overrides) {
    HadoopFiles.requireReachable(List.of(path));
    String text = new String(HadoopFiles.read(path), StandardCharsets.UTF_8);
    JobConfig config = JobConfigLoader.load(text, path, overrides, ConfigFiles::readIncluded);
    HadoopFiles.requireReachable(paths(config));
    return config;
  }

  private static Optional<String> readIncluded(String location) {
    HadoopFiles.requireReachable(List.of(location));
    try {
      return Optional.of(new String(HadoopFiles.read(location), StandardCharsets.UTF_8));
    } catch (UserException e) {
      if (e.getCause() instanceof IOException) {
        // There is none, or a folder of that name.
        return Optional.empty();
      }
      throw e;
    }
  }

  private static List<String> paths(JobConfig config) {
    return Stream.concat(
            config.input().paths().stream(),
            Stream.of(config.model().path(), config.model().topology(), config.output().path()))
        .filter(path -> !path.isEmpty())
        .toList();
  }
}

package layertap.spark.featurizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import layertap.config.JobConfig;
import layertap.config.JobConfigLoader;
import layertap.config.RunSettings.Optimization;
import layertap.failure.ConfigProblemException;
import layertap.failure.UserException;
import layertap.hadoop.HadoopFiles;
import org.apache.hadoop.conf.Configuration;

/**
 * What a transformer was told, in the words of the configuration.
 *
 * @param config path of a configuration's file; empty for none
 * @param values HOCON, JSON or a plain text by the keys of the configuration, over those of the
 *     file
 */
public record FeaturizerSettings(String config, Map<String, String> values) {
  private static final String NAME = "LayerFeaturizer";

  /** How problems begin of a value that is not from a file. */
  private static final Pattern VALUE = Pattern.compile("--set [^:\\n]*: ");

  public FeaturizerSettings {
    values = Map.copyOf(new LinkedHashMap<>(values));
  }

  /**
   * The configuration.
   *
   * @param hadoop settings that reach the file
   * @throws UserException if it cannot be read
   * @throws ConfigProblemException with all problems
   */
  JobConfig load(Configuration hadoop) {
    if (config.isEmpty() && !values.containsKey("model.path")) {
      throw new UserException(
          "cannot add features: no model is set; set model and features, or config");
    }
    JobConfigLoader.ForRows loaded = read(hadoop);
    if (!loaded.ignored().isEmpty()) {
      Warnings.ofThisJvm()
          .tell(
              "%s: %s of %s are a job's and ignored: rows and columns are the DataFrame's"
                  .formatted(NAME, String.join(", ", loaded.ignored()), config));
    }
    JobConfig read = loaded.config();
    // There is no output that it could be equal to.
    return read.run().optimize() == Optimization.AUTO
        ? read.with(read.run().with(Optimization.FAST, read.run().precision()))
        : read;
  }

  private JobConfigLoader.ForRows read(Configuration hadoop) {
    List<String> overrides = new ArrayList<>();
    values.forEach((key, value) -> overrides.add(key + "=" + value.strip()));
    String text =
        config.isEmpty()
            ? ""
            : new String(HadoopFiles.read(config, hadoop), StandardCharsets.UTF_8);
    try {
      return JobConfigLoader.loadForRows(
          text,
          config.isEmpty() ? NAME : config,
          overrides.stream().sorted().toList(),
          location -> included(location, hadoop));
    } catch (ConfigProblemException e) {
      // Nobody typed --set.
      throw e.reworded(line -> VALUE.matcher(line).replaceAll(NAME + ": "));
    }
  }

  private static Optional<String> included(String location, Configuration hadoop) {
    try {
      return Optional.of(new String(HadoopFiles.read(location, hadoop), StandardCharsets.UTF_8));
    } catch (UserException e) {
      if (e.getCause() instanceof IOException) {
        // There is none, or a folder of that name.
        return Optional.empty();
      }
      throw e;
    }
  }
}

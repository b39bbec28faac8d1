package layertap.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import java.util.ArrayList;
import java.util.List;
import layertap.config.JobConfig.Input;
import layertap.config.JobConfig.Mode;
import layertap.config.JobConfig.Model;
import layertap.config.JobConfig.NonFinite;
import layertap.config.JobConfig.OnInvalid;
import layertap.config.JobConfig.Rows;
import layertap.config.text.ConfigSource;
import layertap.config.text.Problems;
import layertap.failure.ConfigProblemException;

/**
 * Reads a configuration: {@code reference.conf}, the user's file over it, {@code --set} over both.
 */
public final class JobConfigLoader {
  private JobConfigLoader() {}

  /**
   * A configuration for rows that somebody brings, and keeps the features of.
   *
   * @param config whose input and output name nothing
   * @param ignored keys of the user's that only a job from a source to an output asks
   */
  public record ForRows(JobConfig config, List<String> ignored) {
    public ForRows {
      ignored = List.copyOf(ignored);
    }
  }

  /** Reads a configuration that includes files of this machine alone. */
  public static JobConfig load(String text, String name, List<String> overrides) {
    return load(text, name, overrides, ConfigSource.LOCAL);
  }

  /**
   * Reads a configuration.
   *
   * @param text of the user's file, HOCON
   * @param name of the file, for messages; what it includes lies beside it
   * @param overrides each {@code key=value}, the key relative to {@code layertap}
   * @param included reads what the file includes
   * @throws ConfigProblemException with all problems
   */
  public static JobConfig load(
      String text, String name, List<String> overrides, ConfigSource included) {
    return guarded(name, text, overrides, included, false /* a job's */).config();
  }

  /**
   * Reads a configuration without what only a job asks: {@code input}, {@code output}, {@code
   * rows.max-invalid} and {@code rows.min}, which may be absent and whose values are not looked at.
   *
   * @param text of the user's file, HOCON
   * @param name of the file, for messages; what it includes lies beside it
   * @param overrides each {@code key=value}, the key relative to {@code layertap}
   * @param included reads what the file includes
   * @throws ConfigProblemException with all problems
   */
  public static ForRows loadForRows(
      String text, String name, List<String> overrides, ConfigSource included) {
    return guarded(name, text, overrides, included, true /* for rows */);
  }

  private static ForRows guarded(
      String name, String text, List<String> overrides, ConfigSource included, boolean isForRows) {
    try {
      return load(text, overrides, included, isForRows, new Problems(name), name);
    } catch (StackOverflowError e) {
      // Brackets are counted before; keys of very many parts get here.
      throw new ConfigProblemException(
          List.of("%s: it is nested too deeply; write shorter keys".formatted(name)));
    }
  }

  private static ForRows load(
      String text,
      List<String> overrides,
      ConfigSource included,
      boolean isForRows,
      Problems problems,
      String name) {
    ConfigLayers layers = new ConfigLayers(included, problems);
    Config user = layers.user(text, name, overrides);
    List<String> ignored = new ArrayList<>();
    if (isForRows) {
      user = layers.withoutKeysOfJobs(user, ignored);
    }
    Config merged = layers.withDefaults(user);
    for (String key : user.root().keySet()) {
      if (!key.equals(ConfigLayers.ROOT)) {
        problems.add(
            user.root().get(key).origin(),
            key + " is not part of the configuration; put it inside layertap { … }");
      }
    }
    if (!(merged.root().get(ConfigLayers.ROOT) instanceof ConfigObject object)) {
      problems.add(user.root().origin(), "layertap is not an object { … }");
      problems.throwIfAny();
      throw new IllegalStateException("a problem was noted");
    }
    JobConfig config = read(new Section("", object, problems));
    problems.throwIfAny();
    return new ForRows(config, ignored);
  }

  private static JobConfig read(Section root) {
    JobConfig config =
        new JobConfig(
            model(root.section("model")),
            input(root.section("input")),
            new FeedParser(root).parse(),
            new FeatureParser(root).parse(),
            rows(root.section("rows")),
            RunParser.parse(root.section("run")),
            OutputParser.parse(root.section("output")));
    if (config.output().mode() == Mode.RESUME && dropsRows(config.input())) {
      root.section("output")
          .problem(
              "mode",
              "is resume, and input.options.mode is DROPMALFORMED, by which Spark drops fewer rows"
                  + " where it reads their keys alone; set PERMISSIVE there, or another mode here");
    }
    root.finish();
    return config;
  }

  private static boolean dropsRows(Input input) {
    return input.options().entrySet().stream()
        .anyMatch(
            option ->
                option.getKey().equalsIgnoreCase("mode")
                    && option.getValue().equalsIgnoreCase("DROPMALFORMED"));
  }

  private static Model model(Section section) {
    Model model =
        new Model(
            section.requiredLocation("path"),
            // No text is no tag: a module of TensorFlow 1 Hub has none.
            section.texts("tags").stream().filter(tag -> !tag.isBlank()).toList(),
            section.text("signature", ""),
            section.location("topology"));
    section.finish();
    return model;
  }

  private static Input input(Section section) {
    Input input =
        new Input(
            section.text("format", ""),
            section.locations("path"),
            section.text("table", ""),
            section.text("schema", ""),
            section.textMap("options"),
            section.textMap("select"),
            section.text("where", ""),
            section.texts("keep"));
    if (input.paths().isEmpty() == input.table().isEmpty()) {
      section.problem("path", "needs exactly one of path and table");
    }
    if (!input.schema().isEmpty() && !input.table().isEmpty()) {
      section.problem("schema", "is of no use with table, which has columns of its own");
    }
    section.finish();
    return input;
  }

  private static Rows rows(Section section) {
    Rows rows =
        new Rows(
            section.choice("on-invalid", OnInvalid.class, OnInvalid.ERROR),
            section.fraction("max-invalid", 1),
            section.wholeNumber("min", 0, Rows.NO_MIN),
            section.choice("non-finite", NonFinite.class, NonFinite.ALLOW));
    section.finish();
    return rows;
  }
}

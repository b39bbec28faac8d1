package layertap.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import layertap.config.JobConfig.Input;
import layertap.config.JobConfig.Model;
import layertap.config.JobConfig.NonFinite;
import layertap.config.JobConfig.OnInvalid;
import layertap.config.JobConfig.Optimization;
import layertap.config.JobConfig.Rows;
import layertap.config.JobConfig.Run;
import layertap.failure.ConfigProblemException;

/**
 * Reads a configuration: {@code reference.conf}, the user's file over it, {@code --set} over both.
 */
public final class JobConfigLoader {
  private static final String ROOT = "layertap";
  private static final Pattern HOCON_VALUE =
      Pattern.compile(
          "[\\[{\"].*|true|false|null|-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?", Pattern.DOTALL);

  private static final Pattern UNQUOTED_SELECTOR =
      Pattern.compile("\\w[*?@]|[*?]\\w|\\w:\\w|[\\[, ]\\*+[,\\] ]");

  private JobConfigLoader() {}

  /**
   * Reads a configuration.
   *
   * @param text of the user's file, HOCON
   * @param name of the file, for messages
   * @param overrides each {@code key=value}, the key relative to {@code layertap}
   * @throws ConfigProblemException with all problems
   */
  public static JobConfig load(String text, String name, List<String> overrides) {
    Problems problems = new Problems(name);
    Config user = parse(text, name, problems);
    for (String override : overrides) {
      user = apply(user, override, problems);
    }
    problems.throwIfAny();
    Config merged = resolve(user.withFallback(reference()), problems);
    for (String key : user.root().keySet()) {
      if (!key.equals(ROOT)) {
        problems.add(
            user.root().get(key).origin(),
            key + " is not part of the configuration; put it inside layertap { … }");
      }
    }
    if (!(merged.root().get(ROOT) instanceof ConfigObject object)) {
      problems.add(user.root().origin(), "layertap is not an object { … }");
      problems.throwIfAny();
      throw new IllegalStateException("a problem was noted");
    }
    JobConfig config = read(new Section("", object, problems));
    problems.throwIfAny();
    return config;
  }

  private static Config resolve(Config config, Problems problems) {
    try {
      return config.resolve();
    } catch (ConfigException e) {
      problems.add(e, "; set the variable, or write ${?NAME} for one that may be absent");
      problems.throwIfAny();
      throw e;
    }
  }

  private static Config reference() {
    try (Reader reader =
        new InputStreamReader(
            JobConfigLoader.class.getResourceAsStream("reference.conf"), StandardCharsets.UTF_8)) {
      return ConfigFactory.parseReader(
          reader, ConfigParseOptions.defaults().setOriginDescription(Problems.DEFAULTS));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Config parse(String text, String origin, Problems problems) {
    try {
      ConfigParseOptions options =
          ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF).setOriginDescription(origin);
      return ConfigFactory.parseString(text, options);
    } catch (ConfigException.Parse e) {
      problems.add(e, quotingHint(text, e));
      problems.throwIfAny();
      throw e;
    }
  }

  /** Selectors with these characters are what people forget to quote. */
  private static String quotingHint(String text, ConfigException.Parse e) {
    int line = e.origin() == null ? 0 : e.origin().lineNumber();
    String unquoted =
        text.lines()
            .skip(Math.max(0, line - 1))
            .findFirst()
            .orElse("")
            .replaceAll("\"[^\"]*\"", "");
    return UNQUOTED_SELECTOR.matcher(unquoted).find()
        ? "; put the selector in quotes if it has one of * ? @ : in it, as in \"lstm:hidden\""
        : "";
  }

  private static Config apply(Config config, String override, Problems problems) {
    ConfigOrigin origin = ConfigOriginFactory.newSimple(Problems.OVERRIDE + override);
    int equals = override.indexOf('=');
    if (equals <= 0) {
      problems.add(origin, "it is not of the form key=value");
      return config;
    }
    String key = override.substring(0, equals).trim();
    String text = override.substring(equals + 1);
    try {
      ConfigValue value =
          HOCON_VALUE.matcher(text).matches()
              ? parse("value = " + text, origin.description(), problems).root().get("value")
              : ConfigValueFactory.fromAnyRef(text);
      return config.withValue(ROOT + "." + key, value.withOrigin(origin));
    } catch (ConfigException.BadPath e) {
      problems.add(origin, "'" + key + "' is no key: " + e.getMessage());
      return config;
    }
  }

  private static JobConfig read(Section root) {
    JobConfig config =
        new JobConfig(
            model(root.section("model")),
            input(root.section("input")),
            new FeedParser(root).parse(),
            new FeatureParser(root).parse(),
            rows(root.section("rows")),
            run(root.section("run")),
            OutputParser.parse(root.section("output")));
    root.finish();
    return config;
  }

  private static Model model(Section section) {
    Model model =
        new Model(
            section.requiredText("path"),
            section.texts("tags"),
            section.text("signature", ""),
            section.text("topology", ""));
    section.finish();
    return model;
  }

  private static Input input(Section section) {
    Input input =
        new Input(
            section.text("format", ""),
            section.texts("path"),
            section.text("table", ""),
            section.textMap("options"),
            section.textMap("select"),
            section.text("where", ""),
            section.texts("keep"));
    if (input.paths().isEmpty() == input.table().isEmpty()) {
      section.problem("path", "needs exactly one of path and table");
    }
    section.finish();
    return input;
  }

  private static Rows rows(Section section) {
    Rows rows =
        new Rows(
            section.choice("on-invalid", OnInvalid.class, OnInvalid.ERROR),
            section.number("max-invalid", 1),
            section.choice("non-finite", NonFinite.class, NonFinite.ALLOW));
    if (!(rows.maxInvalid() >= 0 && rows.maxInvalid() <= 1)) {
      section.problem("max-invalid", "is " + rows.maxInvalid() + ", not a fraction from 0 to 1");
    }
    section.finish();
    return rows;
  }

  private static Run run(Section section) {
    Run run =
        new Run(
            section.wholeNumber("batch-size", 1, 8),
            section.choice("optimize", Optimization.class, Optimization.FAST),
            section.bool("self-check", true),
            section.wholeNumber("trial-seconds", 0, 300),
            section.wholeNumber("progress-seconds", 0, 10));
    section.finish();
    return run;
  }
}

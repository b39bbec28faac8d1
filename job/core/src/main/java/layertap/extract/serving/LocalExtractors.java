package layertap.extract.serving;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import layertap.config.JobConfig;
import layertap.config.JobConfigLoader;
import layertap.config.text.ConfigSource;
import layertap.extract.Extractor;
import layertap.extract.ExtractorOpener;
import layertap.extract.FeatureExtractor;
import layertap.extract.check.LocalTrial;
import layertap.extract.check.SelfCheck;
import layertap.inference.SessionFactory;
import layertap.inference.TimeLimit;
import layertap.model.saved.KeptModelFiles;
import layertap.model.saved.LocalModelFiles;
import layertap.model.saved.ModelFiles;
import layertap.plan.ModelTrial;
import layertap.plan.PlanBuilder;
import layertap.process.DaemonThread;
import layertap.tensorflow.TensorFlowRuntime;
import layertap.tensorflow.TensorFlowSessions;

/** Opens extractors on models of this machine, which are tried in this JVM. */
public final class LocalExtractors implements ExtractorOpener {
  @Override
  public Extractor open(Settings settings) {
    List<String> warnings = new ArrayList<>();
    Extractor extractor;
    try {
      extractor =
          DaemonThread.call("layertap opens an extractor", () -> opened(settings, warnings::add));
    } catch (Throwable e) {
      try {
        warnings.forEach(settings.warnings());
      } catch (Throwable ofListener) {
        e.addSuppressed(ofListener);
      }
      throw e;
    }
    try {
      // By the caller's thread, which may hold locks that the listener takes.
      warnings.forEach(settings.warnings());
    } catch (Throwable e) {
      extractor.close();
      throw e;
    }
    return extractor;
  }

  private static Extractor opened(Settings settings, Consumer<String> warnings) {
    JobConfigLoader.ForRows loaded =
        JobConfigLoader.loadForRows(
            settings.text(), settings.name(), overrides(settings), ConfigSource.LOCAL);
    JobConfig config = loaded.config();
    if (!loaded.ignored().isEmpty()) {
      warnings.accept(
          "an extractor ignores %s: rows are brought as they are after input.select"
              .formatted(String.join(", ", loaded.ignored())));
    }
    String path = config.model().path();
    ModelFiles files =
        new KeptModelFiles(
            new LocalModelFiles(path, LocalNamedFiles.configured("model.path", path)));
    PlanBuilder.Planned planned = plan(config, files, settings.threads());
    warn(warnings, config, planned);
    return open(settings, config, files, planned);
  }

  private static Extractor open(
      Settings settings, JobConfig config, ModelFiles files, PlanBuilder.Planned planned) {
    SessionFactory sessions = new TensorFlowSessions();
    TimeLimit limit = TimeLimit.ofSeconds(config.run().batchSeconds());
    FeatureExtractor engine =
        FeatureExtractor.open(planned.plan(), sessions, files, new LocalNamedFiles());
    try {
      new SelfCheck(planned.plan(), files, sessions).compare(engine, planned.checked());
      WarmUp.run(engine, limit);
      int concurrentBatches =
          settings.concurrentBatches() > 0
              ? settings.concurrentBatches()
              : Math.max(1, Runtime.getRuntime().availableProcessors() / settings.threads());
      return new ServingExtractor(
          engine,
          settings.isRowAloneDoubled(),
          config.rows().onInvalid(),
          limit,
          concurrentBatches,
          settings.longestWait());
    } catch (Throwable e) {
      engine.close();
      throw e;
    }
  }

  private static PlanBuilder.Planned plan(JobConfig config, ModelFiles files, int threads) {
    TensorFlowRuntime.start(threads);
    TimeLimit limit = TimeLimit.ofSeconds(config.run().batchSeconds());
    try (ModelTrial trial = new LocalTrial(files, threads, limit)) {
      return new PlanBuilder(config, files, LocalExtractors::readTopology)
          .withoutFirstRows()
          .buildTried(trial);
    }
  }

  private static byte[] readTopology(String name) {
    Path path = LocalNamedFiles.configured("model.topology", name);
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read model.topology = %s".formatted(name), e);
    }
  }

  private static void warn(
      Consumer<String> warnings, JobConfig config, PlanBuilder.Planned planned) {
    planned.warnings().forEach(warnings);
    planned.missingCheck(config.run()).ifPresent(warnings);
    TensorFlowRuntime.settings().warnings().forEach(warnings);
  }

  /** As {@code --set} takes them. */
  private static List<String> overrides(Settings settings) {
    List<String> overrides = new ArrayList<>();
    for (Map.Entry<String, Object> set : settings.overrides().entrySet()) {
      overrides.add("%s=%s".formatted(set.getKey(), SettingText.of(set.getKey(), set.getValue())));
    }
    return overrides;
  }
}

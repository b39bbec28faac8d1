package layertap.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import layertap.config.JobConfig;
import layertap.config.JobConfigLoader;
import layertap.extract.FeatureExtractor;
import layertap.extract.check.LocalTrial;
import layertap.graph.TensorId;
import layertap.input.value.NamedFiles;
import layertap.model.saved.LocalModelFiles;
import layertap.plan.ExtractionPlan;
import layertap.plan.PlanBuilder;
import layertap.tensor.HostTensor;
import layertap.tensorflow.TensorFlowRuntime;
import layertap.tensorflow.TensorFlowSessions;

/** A model of one input, planned and opened as a job does it; deletes its folder when closed. */
final class OpenedModel implements AutoCloseable {
  private static final int THREADS = 1;
  private static final String CONFIGURATION =
      """
      layertap {
        model.path = "%s"
        input { format = parquet, path = "not read" }
        feeds = [ { input = x, column = x, tensor {} } ]
        features = [ %s ]
        run { batch-size = %s, self-check = false }
        output.path = "not written"
      }
      """;

  private final Path folder;
  private final FeatureExtractor extractor;
  private final TensorId placeholder;
  private final TensorId fetch;

  private OpenedModel(Path folder, FeatureExtractor extractor) {
    this.folder = folder;
    this.extractor = extractor;
    this.placeholder = extractor.plan().feeds().get(0).point().placeholder();
    this.fetch = extractor.plan().features().get(0).fetch();
  }

  /** Writes a model into a folder. */
  interface ModelWriter {
    Path write(Path folder) throws IOException;
  }

  /**
   * Opens a model.
   *
   * @param writer makes it
   * @param features of the configuration
   */
  static OpenedModel open(ModelWriter writer, String features, int batch) throws IOException {
    TensorFlowRuntime.start(THREADS);
    Path folder = Files.createTempDirectory("layertap-benchmark");
    String model = writer.write(folder.resolve("model")).toString().replace('\\', '/');
    JobConfig config =
        JobConfigLoader.load(
            CONFIGURATION.formatted(model, features, batch), "benchmark", List.of());
    LocalModelFiles files = new LocalModelFiles(folder.resolve("model"));
    try (LocalTrial trial = new LocalTrial(files, THREADS)) {
      ExtractionPlan plan = new PlanBuilder(config, files, OpenedModel::read).build(trial).plan();
      return new OpenedModel(
          folder, FeatureExtractor.open(plan, new TensorFlowSessions(), files, NamedFiles.NONE));
    }
  }

  private static byte[] read(String file) {
    throw new IllegalStateException("the configuration names no file, and not " + file);
  }

  FeatureExtractor extractor() {
    return extractor;
  }

  /** One run of the session alone: the first feature of a batch. */
  HostTensor run(HostTensor batch) {
    return run(batch, fetch);
  }

  /** One run of the session alone. */
  HostTensor run(HostTensor batch, TensorId other) {
    return extractor.session().run(Map.of(placeholder, batch), List.of(other)).get(0);
  }

  @Override
  public void close() {
    extractor.close();
    try {
      GeneratedModel.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + folder, e);
    }
  }
}

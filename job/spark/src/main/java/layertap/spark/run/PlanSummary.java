package layertap.spark.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import layertap.config.JobConfig;
import layertap.failure.UserException;
import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import layertap.hadoop.HadoopFiles;
import layertap.input.feed.PlannedFeed;
import layertap.model.checkpoint.RangeReads;
import layertap.model.cut.RunnableGraph;
import layertap.model.feature.PlannedFeature;
import layertap.model.saved.KeptModelFiles;
import layertap.model.saved.ModelFiles;
import layertap.plan.ExtractionPlan;
import layertap.plan.GradientCost;
import layertap.plan.ModelTrial;
import layertap.plan.PlanBuilder;
import layertap.plan.PlanDescription;
import layertap.spark.trial.Trials;
import layertap.tensorflow.GraphSession;
import layertap.tensorflow.ShapeProbe;
import org.tensorflow.proto.DataType;

/** A plan as the command {@code plan} shows it. Sizes are in bytes. */
public record PlanSummary(
    String modelFingerprint,
    String planFingerprint,
    String engine,
    List<FeedLine> feeds,
    List<FeatureLine> features,
    long keptOps,
    long droppedOps,
    long keptVariables,
    long droppedVariables,
    long variableBytes,
    int readRequests,
    long readBytes,
    long indexBytes,
    long openingBytes,
    long batchBytes,
    GradientCost gradients,
    ExecutorMemory executorMemory,
    List<String> warnings) {
  /** What goes in. */
  public record FeedLine(String target, String column, String dtype, String shape) {}

  /**
   * What comes out.
   *
   * @param bytes of a row; empty where rows decide
   */
  public record FeatureLine(
      String column,
      String selector,
      String tensor,
      String dtype,
      String shape,
      OptionalLong bytes) {}

  /**
   * Plans a configuration.
   *
   * @throws UserException if the model cannot do what is asked
   */
  public static PlanSummary of(JobConfig config) {
    ModelFiles files = new KeptModelFiles(HadoopFiles.model(config.model().path()));
    PlanBuilder.Planned planned;
    try (ModelTrial trial = Trials.open(config, files, 1)) {
      planned = new PlanBuilder(config, files, HadoopFiles::read).build(trial);
    }
    ExtractionPlan plan = planned.plan();
    RunnableGraph model = plan.model();
    RangeReads reads = model.variableReads();
    long indexBytes =
        files.list().stream()
            .filter(file -> file.path().endsWith(".index"))
            .mapToLong(ModelFiles.ModelFile::length)
            .sum();
    List<FeatureLine> features = plan.features().stream().map(PlanSummary::line).toList();
    long openingBytes = GraphSession.openingBytes(model);
    GradientCost gradients = GradientCost.of(plan);
    long batchBytes = batchBytes(plan) + plan.batchSize() * gradients.bytesPerRow();
    PlanDescription description = new PlanDescription(config, planned);
    return new PlanSummary(
        planned.fingerprint(),
        description.fingerprint().text(),
        engine(description.engine()),
        feeds(planned),
        features,
        model.graph().getNodeCount(),
        Math.max(0, planned.whole().ops() - model.graph().getNodeCount()),
        model.variables().size(),
        Math.max(0, planned.whole().variables() - model.variables().size()),
        model.variableBytes(),
        reads.requestCount(),
        reads.byteCount(),
        indexBytes,
        openingBytes,
        batchBytes,
        gradients,
        ExecutorMemory.of(ExecutorMemory.tasksAtOnce(), openingBytes, batchBytes),
        planned.warnings());
  }

  private static List<FeedLine> feeds(PlanBuilder.Planned planned) {
    List<FeedLine> lines = new ArrayList<>();
    planned.plan().feeds().forEach(feed -> lines.add(line(feed)));
    planned
        .constants()
        .forEach(
            (point, constant) ->
                lines.add(
                    new FeedLine(
                        point.target().text(),
                        "value = " + constant.value(),
                        Dtype.nameOf(point.dtype()),
                        point.shape().toString())));
    return lines;
  }

  private static String engine(Map<String, Object> settings) {
    return settings.entrySet().stream()
        .map(setting -> "%s = %s".formatted(setting.getKey(), setting.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static FeedLine line(PlannedFeed feed) {
    return new FeedLine(
        feed.target().text(),
        feed.columnText(),
        Dtype.nameOf(feed.point().dtype()),
        feed.rowShape().toString());
  }

  private static FeatureLine line(PlannedFeature feature) {
    return new FeatureLine(
        feature.column(),
        feature.selector(),
        feature.tensor().toString(),
        Dtype.nameOf(feature.tap().dtype()),
        feature.rowShape().toString(),
        bytes(feature.rowShape(), feature.dtype()));
  }

  private static OptionalLong bytes(TensorShape shape, DataType dtype) {
    return shape.isFullyKnown()
        ? OptionalLong.of(shape.elementCount() * size(dtype))
        : OptionalLong.empty();
  }

  /** Of strings, whose lengths nobody knows here, their offsets in a column count. */
  private static long size(DataType dtype) {
    int bytes = Dtype.bytesOf(dtype);
    return bytes == 0 ? Integer.BYTES : bytes;
  }

  private static long batchBytes(ExtractionPlan plan) {
    Stream<OptionalLong> feeds =
        plan.feeds().stream().map(feed -> bytes(feed.rowShape(), feed.point().dtype()));
    Stream<OptionalLong> features =
        plan.features().stream().map(feature -> bytes(feature.rowShape(), feature.dtype()));
    long known = Stream.concat(feeds, features).flatMapToLong(OptionalLong::stream).sum();
    return plan.batchSize() * (known + ShapeProbe.largestRowBytes(plan.model()));
  }
}

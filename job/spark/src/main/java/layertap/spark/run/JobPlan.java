package layertap.spark.run;

import java.util.ArrayList;
import java.util.List;
import layertap.config.JobConfig;
import layertap.failure.ModelException;
import layertap.graph.Dtype;
import layertap.graph.TensorShape;
import layertap.hadoop.HadoopFiles;
import layertap.input.feed.FeedBinding;
import layertap.model.checkpoint.RangeReads;
import layertap.model.cut.TruncatedModel;
import layertap.model.feature.FeatureOutput;
import layertap.model.saved.ModelFiles;
import layertap.plan.ExtractionPlan;
import layertap.plan.PlanBuilder;
import layertap.plan.PlanDescription;
import layertap.spark.trial.Trial;
import layertap.tensorflow.ShapeProbe;
import layertap.tensorflow.TruncatedSession;
import org.tensorflow.proto.DataType;

/**
 * A plan as the command {@code plan} shows it. Sizes are in bytes; -1 for those that rows decide.
 */
public record JobPlan(
    String modelFingerprint,
    String planFingerprint,
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
    ExecutorMemory executorMemory,
    List<String> warnings) {
  /** What goes in. */
  public record FeedLine(String target, String column, String dtype, String shape) {}

  /** What comes out. */
  public record FeatureLine(
      String column, String selector, String tensor, String dtype, String shape, long bytes) {}

  /**
   * Plans a configuration.
   *
   * @throws ModelException if the model cannot do what is asked
   */
  public static JobPlan of(JobConfig config) {
    ModelFiles files = HadoopFiles.model(config.model().path());
    if (config.run().trialSeconds() > 0) {
      new Trial(config, 1).run(Trial.Extent.SHAPES);
    }
    PlanBuilder.Planned planned = new PlanBuilder(config, files, HadoopFiles::read).build(1);
    ExtractionPlan plan = planned.plan();
    TruncatedModel model = plan.model();
    RangeReads reads = model.variableReads();
    long allVariables = planned.source().variableCount();
    long indexBytes =
        files.list().stream()
            .filter(file -> file.path().endsWith(".index"))
            .mapToLong(ModelFiles.ModelFile::length)
            .sum();
    List<FeatureLine> features = plan.features().stream().map(JobPlan::line).toList();
    long openingBytes = TruncatedSession.openingBytes(model);
    long batchBytes = batchBytes(plan);
    return new JobPlan(
        planned.fingerprint(),
        new PlanDescription(config, planned).fingerprint(),
        plan.feeds().stream().map(JobPlan::line).toList(),
        features,
        model.graph().getNodeCount(),
        Math.max(0, planned.source().graph().size() - model.graph().getNodeCount()),
        model.variables().size(),
        Math.max(0, allVariables - model.variables().size()),
        model.variableBytes(),
        reads.requestCount(),
        reads.byteCount(),
        indexBytes,
        openingBytes,
        batchBytes,
        ExecutorMemory.of(ExecutorMemory.tasksAtOnce(), openingBytes, batchBytes),
        planned.warnings());
  }

  private static FeedLine line(FeedBinding feed) {
    TensorShape shape = feed.conversion().rowShape(feed.point());
    return new FeedLine(
        feed.point().target(),
        feed.columnText(),
        Dtype.nameOf(feed.point().dtype()),
        shape.toString());
  }

  private static FeatureLine line(FeatureOutput feature) {
    return new FeatureLine(
        feature.column(),
        feature.tap().tap().selector(),
        feature.tap().tap().tensor().toString(),
        Dtype.nameOf(feature.tap().dtype()),
        feature.rowShape().toString(),
        bytes(feature.rowShape(), feature.dtype()));
  }

  private static long bytes(TensorShape shape, DataType dtype) {
    return shape.isFullyKnown() ? shape.elementCount() * size(dtype) : -1;
  }

  private static long size(DataType dtype) {
    return switch (dtype) {
      case DT_DOUBLE, DT_INT64 -> Long.BYTES;
      case DT_HALF, DT_BFLOAT16 -> Short.BYTES;
      case DT_BOOL, DT_UINT8 -> 1;
      default -> Float.BYTES;
    };
  }

  private static long batchBytes(ExtractionPlan plan) {
    List<Long> rows = new ArrayList<>();
    plan.feeds()
        .forEach(
            feed ->
                rows.add(bytes(feed.conversion().rowShape(feed.point()), feed.point().dtype())));
    plan.features().forEach(feature -> rows.add(bytes(feature.rowShape(), feature.dtype())));
    rows.add(ShapeProbe.largestRowBytes(plan.model()));
    return plan.batchSize()
        * rows.stream().filter(bytes -> bytes > 0).mapToLong(Long::longValue).sum();
  }
}

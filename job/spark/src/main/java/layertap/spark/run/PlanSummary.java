package layertap.spark.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import layertap.config.JobConfig;
import layertap.graph.Dtype;
import layertap.model.checkpoint.RangeReads;
import layertap.model.cut.RunnableGraph;
import layertap.model.feature.PlannedFeature;
import layertap.model.saved.ModelFiles;
import layertap.plan.BatchMemory;
import layertap.plan.ExtractionPlan;
import layertap.plan.GradientCost;
import layertap.plan.PlanBuilder;
import layertap.plan.PlanDescription;
import layertap.tensorflow.GraphSession;
import org.apache.spark.sql.types.DataType;

/**
 * A plan as the command {@code plan} shows it. Sizes are in bytes.
 *
 * @param hasTrial whether the model is tried in a JVM of its own, which takes {@code trialBytes}
 */
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
    BatchMemory batch,
    GradientCost gradients,
    ExecutorMemory executorMemory,
    boolean hasTrial,
    long trialBytes,
    long driverOverhead,
    List<String> warnings) {
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
   * Sums up a plan.
   *
   * @param files of the model
   * @param fedTypes types of the columns of all feeds; empty if the input was not looked at
   */
  public static PlanSummary of(
      JobConfig config, PlanBuilder.Planned planned, ModelFiles files, List<DataType> fedTypes) {
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
    BatchMemory batch = BatchMemory.of(plan, gradients);
    boolean hasTrial = config.run().trialSeconds() > 0;
    long trialBytes =
        ExecutorMemory.trialBytes(
            openingBytes, batch.bytes() + gradients.checkBytes(model.variableBytes()));
    PlanDescription description = new PlanDescription(config, planned);
    return new PlanSummary(
        planned.fingerprint(),
        description.fingerprint().text(),
        engine(description.engine()),
        feeds(planned, fedTypes),
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
        batch,
        gradients,
        ExecutorMemory.of(ExecutorMemory.tasksAtOnce(), openingBytes, batch.bytes()),
        hasTrial,
        trialBytes,
        ExecutorMemory.driverOverhead(trialBytes, hasTrial),
        planned.warnings());
  }

  private static List<FeedLine> feeds(PlanBuilder.Planned planned, List<DataType> types) {
    List<FeedLine> lines = new ArrayList<>(FeedLine.of(planned.plan().feeds(), types));
    planned.constants().forEach((point, constant) -> lines.add(FeedLine.of(point, constant)));
    return lines;
  }

  static String engine(Map<String, Object> settings) {
    return settings.entrySet().stream()
        .map(setting -> "%s = %s".formatted(setting.getKey(), setting.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static FeatureLine line(PlannedFeature feature) {
    return new FeatureLine(
        feature.column(),
        feature.selector(),
        feature.tensor().toString(),
        Dtype.nameOf(feature.tap().dtype()),
        feature.fullRowShape().toString(),
        BatchMemory.bytes(feature.fullRowShape(), feature.dtype()));
  }
}

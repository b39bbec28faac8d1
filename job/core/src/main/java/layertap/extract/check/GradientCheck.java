package layertap.extract.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import layertap.extract.batch.RowBatch;
import layertap.failure.RefusedValuesException;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.Identities;
import layertap.graph.OpDefinitions;
import layertap.graph.TensorId;
import layertap.inference.InferenceSession;
import layertap.inference.SessionFactory;
import layertap.model.cut.RunnableGraph;
import layertap.model.feature.PlannedFeature;
import layertap.model.gradient.build.DirectionalScore;
import layertap.model.saved.ModelFiles;
import layertap.plan.ExtractionPlan;
import layertap.plan.GradientCost;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.DataType;

/**
 * Compares derivatives with differences of scores: in float64 where all ops between have such
 * kernels, else in float32.
 */
final class GradientCheck {
  /** Behind these, differences of scores vanish where one score takes all. */
  private static final Set<String> SATURATING = Set.of("Softmax", "Sigmoid");

  private final ExtractionPlan plan;
  private final ModelFiles files;
  private final SessionFactory sessions;

  GradientCheck(ExtractionPlan plan, ModelFiles files, SessionFactory sessions) {
    this.plan = plan;
    this.files = files;
    this.sessions = sessions;
  }

  /**
   * Compares those of a plan, if it has any.
   *
   * @param rows that the model takes
   * @return what the user should know
   * @throws UserException names the first one that no difference agrees with
   */
  List<String> check(List<List<HostTensor>> rows) {
    List<PlannedFeature> gradients =
        plan.features().stream().filter(PlannedFeature::isGradient).toList();
    if (gradients.isEmpty()) {
      return List.of();
    }
    List<FiniteDifferences.Verdict> verdicts;
    try {
      boolean isLarge = plan.model().variableBytes() > GradientCost.MOST_IN_DOUBLE;
      verdicts = compare(gradients, rows, isLarge ? DataType.DT_FLOAT : DataType.DT_DOUBLE);
    } catch (RefusedValuesException | UserException e) {
      // An op has no such kernel.
      try {
        verdicts = compare(gradients, rows, DataType.DT_FLOAT);
      } catch (RefusedValuesException refused) {
        return List.of(
            "gradients are not compared with differences of scores: the model refuses values near"
                + " the synthetic rows, "
                + refused.getMessage());
      }
    }
    List<String> warnings = new ArrayList<>();
    for (int i = 0; i < gradients.size(); i++) {
      judge(gradients.get(i), verdicts.get(i), warnings);
    }
    return warnings;
  }

  /** What came out for each derivative, in one dtype. */
  List<FiniteDifferences.Verdict> compare(
      List<PlannedFeature> gradients, List<List<HostTensor>> rows, DataType dtype) {
    RunnableGraph model = plan.model();
    List<DirectionalScore> scores = new ArrayList<>();
    for (PlannedFeature feature : gradients) {
      String prefix = "layertap_direction_%s/".formatted(scores.size());
      scores.add(DirectionalScore.of(plan.model().graph(), feature.gradient(), prefix, dtype));
      model = model.with(scores.get(scores.size() - 1).nodes());
    }
    int size = plan.isBatchFixed() ? plan.batchSize() : rows.size();
    List<List<HostTensor>> batch = RowBatch.filledUp(rows, size);
    List<FiniteDifferences.Verdict> verdicts = new ArrayList<>();
    try (InferenceSession session = sessions.openUnoptimized(model, files)) {
      Map<TensorId, HostTensor> feeds = feeds(batch.subList(0, size));
      for (int i = 0; i < gradients.size(); i++) {
        verdicts.add(
            new FiniteDifferences(session, feeds, gradients.get(i).gradient(), scores.get(i))
                .verdict(Math.min(size, rows.size()), size));
      }
    }
    return verdicts;
  }

  private Map<TensorId, HostTensor> feeds(List<List<HostTensor>> batch) {
    Map<TensorId, HostTensor> feeds = new LinkedHashMap<>();
    for (int i = 0; i < plan.feeds().size(); i++) {
      feeds.put(plan.feeds().get(i).point().placeholder(), RowBatch.stacked(batch, i));
    }
    return feeds;
  }

  private void judge(
      PlannedFeature feature, FiniteDifferences.Verdict verdict, List<String> warnings) {
    String column = feature.column();
    if (verdict.isZero()) {
      warnings.add(
          "the gradient '%s' is zero for all synthetic rows%s"
              .formatted(column, isSaturating(feature) ? saturated(feature) : ""));
    }
    if (verdict.decided() > 0 && verdict.others() == verdict.decided()) {
      throw new UserException(
          ("cannot trust the gradient '%s': on synthetic rows differences of the score are %s where"
                  + " it says %s, and others in all %s directions; please report it, or set"
                  + " run.self-check = false to take it all the same")
              .formatted(
                  column,
                  String.format(Locale.ROOT, "%.3g", verdict.difference()),
                  String.format(Locale.ROOT, "%.3g", verdict.expected()),
                  verdict.decided()));
    }
    if (verdict.others() > 0) {
      warnings.add(
          ("the gradient '%s' is other than differences of the score in %s of %s directions on"
                  + " synthetic rows: the score may have kinks there, as behind a maximum")
              .formatted(column, verdict.others(), verdict.decided()));
    }
  }

  private static String saturated(PlannedFeature feature) {
    return (": one score takes all, so that none changes; set of = { layer = %s, at ="
            + " pre-activation }")
        .formatted(feature.gradient().target().of().layer());
  }

  private boolean isSaturating(PlannedFeature feature) {
    GraphIndex graph = new GraphIndex(plan.model().graph(), OpDefinitions.registered());
    TensorId scores = feature.gradient().target().of().computed();
    TensorId source = Identities.source(graph, scores);
    return SATURATING.contains(graph.node(graph.require(source.node())).getOp());
  }
}

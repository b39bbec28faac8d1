package layertap.plan;

import java.util.List;
import layertap.model.feature.PlannedFeature;
import layertap.plan.PlanBuilder.Planned;

/** Takes a faster graph for a plan, as far as it computes the same. */
final class OptimizedPlan {
  private OptimizedPlan() {}

  /** The plan with a faster graph, whatever that computes. */
  static Planned unchecked(Planned exact) {
    return exact.optimized(exact.plan().optimized(List.of()));
  }

  /**
   * The plan with a faster graph. Features that it computes too differently are computed by the
   * model's own ops; all are where no synthetic row could be compared.
   */
  static Planned of(Planned exact, ModelTrial trial) {
    Planned fast = unchecked(exact);
    if (!fast.isOptimized() || !exact.checked().isPresent()) {
      return exact;
    }
    List<PlannedFeature> deviating =
        trial.deviating(fast.plan(), exact.checked()).stream()
            .map(exact.plan().features()::get)
            .toList();
    return deviating.isEmpty()
        ? fast
        : exact
            .optimized(exact.plan().optimized(deviating))
            .warning(
                "%s: a faster graph rounds too differently, the model's own ops run (run.optimize)"
                    .formatted(
                        String.join(
                            ", ", deviating.stream().map(PlannedFeature::selector).toList())));
  }
}

package layertap.plan;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import layertap.config.RunSettings;
import layertap.failure.UserException;
import layertap.graph.precision.WantedPrecision;
import layertap.model.feature.PlannedFeature;
import layertap.plan.PlanBuilder.Planned;
import layertap.plan.precision.Precision;
import layertap.plan.precision.PrecisionComparison;
import layertap.tensorflow.TensorFlowRuntime;

/** Takes a plan that computes in fewer bits where {@code run.precision} says so. */
final class ReducedPrecision {
  /** Less is within what two measurements differ by. */
  private static final double LEAST_SPEEDUP = 1.05;

  private final RunSettings run;
  private final Supplier<Optional<String>> obstacle;

  ReducedPrecision(RunSettings run) {
    this(run, () -> Precision.obstacle(TensorFlowRuntime.settings().oneDnn()));
  }

  /**
   * The same for another machine.
   *
   * @param obstacle why it cannot compute in bfloat16
   */
  ReducedPrecision(RunSettings run, Supplier<Optional<String>> obstacle) {
    this.run = run;
    this.obstacle = obstacle;
  }

  /**
   * The plan that is asked for, whatever it computes; in float32 where the choice is ours, since
   * nothing was measured.
   *
   * @throws UserException if it cannot be had
   */
  Planned unchecked(Planned full) {
    Optional<Planned> reduced = isAsked() ? reduced(full) : Optional.empty();
    return reduced.orElse(full);
  }

  /** The same for a plan that nothing is run of: a job may decide otherwise where it has to. */
  Planned untried(Planned full) {
    return isAuto() && reduced(full).isPresent()
        ? full.warning(
            "run.precision = auto: float32 here, bfloat16 if the job's trial finds it faster")
        : unchecked(full);
  }

  /**
   * The plan that is asked for, or, where the choice is ours, the faster one.
   *
   * @throws UserException if it cannot be had, or differs too much
   */
  Planned of(Planned full, ModelTrial trial) {
    if (!isAsked() && !isAuto()) {
      return full;
    }
    Optional<Planned> found = reduced(full);
    if (found.isEmpty() || found.get().plan() == full.plan()) {
      return found.orElse(full);
    }
    Planned reduced = found.get();
    if (!full.checked().isPresent()) {
      return isAsked()
          ? reduced.warning("run.precision: no synthetic rows could be compared with float32")
          : full;
    }
    PrecisionComparison comparison =
        trial.compared(reduced.plan(), full.plan(), full.checked(), isAuto());
    double least = comparison.cosines().get(comparison.worst());
    if (isAuto()) {
      return least >= Precision.LEAST_COSINE && comparison.speedup() >= LEAST_SPEEDUP
          ? reduced
          : full;
    }
    if (!comparison.refusal().isEmpty()) {
      throw new UserException(
          ("cannot compute in bfloat16: TensorFlow computes synthetic rows in float32, but not so:"
                  + " %s; set run.precision = float32")
              .formatted(comparison.refusal()));
    }
    if (Double.isNaN(least)) {
      throw new UserException(
          ("cannot compute '%s' in bfloat16: on synthetic rows some values are NaN or infinite, so"
                  + " that it cannot be compared with float32; set run.precision = float32")
              .formatted(full.plan().features().get(comparison.worst()).selector()));
    }
    if (least < Precision.LEAST_COSINE) {
      throw new UserException(
          ("cannot compute '%s' in bfloat16: on synthetic rows its cosine with float32 is %s, less"
                  + " than %s; set run.precision = float32")
              .formatted(
                  full.plan().features().get(comparison.worst()).selector(),
                  String.format(Locale.ROOT, "%.5f", least),
                  Precision.LEAST_COSINE));
    }
    return reduced;
  }

  private boolean isAsked() {
    return run.precision() == WantedPrecision.BFLOAT16 || isForced();
  }

  private boolean isForced() {
    return run.precision() == WantedPrecision.FORCED_BFLOAT16;
  }

  private boolean isAuto() {
    return run.precision() == WantedPrecision.AUTO;
  }

  /** Empty if the choice is ours, and it stands to reason that nothing is gained. */
  private Optional<Planned> reduced(Planned full) {
    Optional<PlannedFeature> gradient =
        full.plan().features().stream().filter(PlannedFeature::isGradient).findFirst();
    if (isAuto() && (gradient.isPresent() || obstacle.get().isPresent())) {
      return Optional.empty();
    }
    if (gradient.isPresent()) {
      throw new UserException(
          ("cannot compute in bfloat16: '%s' is a gradient, which takes float32; extract it in a job"
                  + " of its own, or set run.precision = float32")
              .formatted(gradient.get().selector()));
    }
    Precision precision = isForced() ? Precision.FORCED_BFLOAT16 : Precision.BFLOAT16;
    precision.requireOnDriver(obstacle);
    ExtractionPlan plan = full.plan().inPrecision(precision);
    return Optional.of(
        plan == full.plan()
            ? full.warning(
                "run.precision: no convolution or product of matrices outside of loops is run,"
                    + " float32 stays")
            : full.reduced(plan));
  }
}

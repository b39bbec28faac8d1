package layertap.spark.write;

import java.io.PrintStream;
import java.util.Optional;
import layertap.failure.OutputException;
import layertap.plan.PlanFingerprint;
import layertap.report.FingerprintRule;
import layertap.report.PublishedManifest;

/** Compares the plan of a run with the one that made what is there. */
final class SamePlan {
  private final PlanFingerprint here;
  private final String output;
  private final PrintStream log;

  /**
   * Starts to compare.
   *
   * @param output as messages name it
   * @param log takes a warning where not all can be compared
   */
  SamePlan(PlanFingerprint here, String output, PrintStream log) {
    this.here = here;
    this.output = output;
    this.log = log;
  }

  /**
   * What is not the same as in an output; empty if the plan is.
   *
   * @throws OutputException if a later version wrote the output
   */
  Optional<String> difference(PublishedManifest there) {
    Optional<String> beside = here.differenceBeside(there);
    if (beside.isPresent()) {
      return beside.map("its features were made by another plan (%s)"::formatted);
    }
    return difference(
        there.plan(), there.planRule(), "what its manifest says of model.tags and input.select");
  }

  /**
   * The same for an output that says no more than this.
   *
   * @param comparedBeside what an older rule leaves out and was compared, or empty
   */
  Optional<String> difference(String there, int rule, String comparedBeside) {
    if (!here.isOf(there, rule)) {
      return Optional.of(
          ("its features were made by another plan (model, tags, signature, feeds, the input.select"
                  + " of their columns, features, run.optimize or run.precision differ: %s, not %s)")
              .formatted(there, here.byRule(rule)));
    }
    if (rule < FingerprintRule.CURRENT) {
      log.println(
          ("layertap: warning: an earlier version of layertap wrote %s, and its plan is compared by"
                  + " that version's rule%s; make sure that the other settings are those of then")
              .formatted(output, comparedBeside.isEmpty() ? "" : " and by " + comparedBeside));
    }
    return Optional.empty();
  }
}

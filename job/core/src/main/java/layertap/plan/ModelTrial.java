package layertap.plan;

import java.util.List;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.model.cut.RunnableGraph;
import layertap.model.cut.TapShape;
import layertap.model.gradient.DifferentiatedModel;
import layertap.model.gradient.GradientTarget;
import layertap.plan.precision.PrecisionComparison;

/**
 * Puts a cut model before TensorFlow for the first time. A plan is made without natives but for
 * what it asks here, so that a damaged model, which may end or block its process, can be tried in
 * another one. Used by one thread; whoever opened it closes it.
 */
public interface ModelTrial extends AutoCloseable {
  /**
   * What is known of the shapes of the taps of a model, in their order. Reads no values of
   * variables.
   *
   * @throws UserException if TensorFlow refuses the model
   */
  List<TapShape> tapShapes(RunnableGraph cut);

  /**
   * Adds derivatives to a model. Reads no values of variables.
   *
   * <p>Where the model by itself does not tell how often a loop runs, the shapes of the rows may.
   * Only there they are noted in the graph: it is another one then, with another fingerprint.
   *
   * @param model with the shapes of its taps, among which are those of the targets
   * @param rows of each feed of the model the shape of a row, as far as it is known
   * @param classes of each target the placeholder of the classes that a column holds, or null
   * @throws UserException if a target has no derivative
   */
  DifferentiatedModel differentiated(
      RunnableGraph model,
      List<TensorShape> rows,
      List<GradientTarget> targets,
      List<TensorId> classes);

  /**
   * Runs synthetic rows and compares what comes out with what another model computes.
   *
   * @param reference the model as TensorFlow itself would run it, with the same taps
   * @return what executors compare with; nothing if the model refuses all rows that we can make up
   * @throws UserException names the first tap whose values differ
   */
  CheckedValues check(ExtractionPlan plan, RunnableGraph reference);

  /**
   * Which features another plan for the same features computes too differently: beyond what it may
   * round otherwise.
   *
   * @param exact what the plan itself computed for synthetic rows, see {@link #check}
   * @return positions of features
   */
  List<Integer> deviating(ExtractionPlan other, CheckedValues exact);

  /**
   * How close a plan that computes in fewer bits comes on synthetic rows, and how fast.
   *
   * @param full the same plan in {@code float32}
   * @param exact what the plan itself computed, see {@link #check}
   * @param isTimed whether both are run for some seconds; else the speedup is 1
   */
  PrecisionComparison compared(
      ExtractionPlan reduced, ExtractionPlan full, CheckedValues exact, boolean isTimed);

  /**
   * Only runs synthetic rows, whatever comes out.
   *
   * @throws UserException if the model cannot be run
   */
  void run(ExtractionPlan plan);

  /** Ends the trial; a second call does nothing. */
  @Override
  void close();
}

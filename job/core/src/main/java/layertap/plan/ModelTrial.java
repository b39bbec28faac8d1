package layertap.plan;

import java.util.List;
import layertap.failure.ModelException;
import layertap.graph.TensorShape;
import layertap.model.cut.TruncatedModel;

/**
 * Puts a cut model before TensorFlow for the first time. A plan is made without natives but for
 * what it asks here, so that a damaged model, which may end or block its process, can be tried in
 * another one.
 */
public interface ModelTrial extends AutoCloseable {
  /**
   * The shapes that TensorFlow infers for the taps of a model, in their order. Reads no values of
   * variables.
   *
   * @throws ModelException if TensorFlow refuses the model
   */
  List<TensorShape> tapShapes(TruncatedModel cut);

  /**
   * Runs made-up rows and compares what comes out with what another model computes.
   *
   * @param reference the model as TensorFlow itself would run it, with the same taps
   * @return what executors compare with; nothing if the model refuses all rows that we can make up
   * @throws ModelException names the first tap whose values differ
   */
  CheckedValues check(ExtractionPlan plan, TruncatedModel reference);

  /**
   * Only runs made-up rows, whatever comes out.
   *
   * @throws ModelException if the model cannot be run
   */
  void run(ExtractionPlan plan);

  /** Ends the trial; a second call does nothing. */
  @Override
  void close();
}

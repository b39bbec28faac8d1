package layertap.inference;

import java.util.List;
import java.util.Map;
import layertap.failure.RefusedValuesException;
import layertap.failure.UserException;
import layertap.graph.TensorId;
import layertap.tensor.HostTensor;

/**
 * A truncated model that is ready to run: its variables have their values, its tables are filled.
 *
 * <p>Thread-safe: callers run side by side, each in its own thread. Whoever opened a session owns
 * it, and closes it once no caller runs; it holds native memory until then.
 */
public interface InferenceSession extends AutoCloseable {
  /**
   * Runs one batch. What goes in and what comes out is in Java's memory: the session keeps neither,
   * nor any native memory of the run, when the call returns or throws.
   *
   * @param feeds values of placeholders, with the batch axis; they are only read
   * @param fetches tensors of the graph, each once
   * @return the values of {@code fetches}, in their order; they belong to the caller
   * @throws RefusedValuesException if an op cannot compute with these values; others may do
   * @throws UserException if an op cannot compute with any, or a batch takes more memory than there
   *     is
   */
  default List<HostTensor> run(Map<TensorId, HostTensor> feeds, List<TensorId> fetches) {
    return run(feeds, fetches, TimeLimit.NONE);
  }

  /**
   * The same, cancelled once it takes too long; other runs go on. Only between two ops is a run
   * cancelled: one that does not end keeps the caller. With a limit that does not cancel the run
   * goes to its end, and fails then if it took too long.
   *
   * @throws TimeLimitException if it took too long
   */
  List<HostTensor> run(Map<TensorId, HostTensor> feeds, List<TensorId> fetches, TimeLimit limit);

  /** Frees the native memory; a second call does nothing. */
  @Override
  void close();
}

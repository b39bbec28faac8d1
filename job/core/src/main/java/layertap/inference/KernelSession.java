package layertap.inference;

import layertap.failure.RefusedValuesException;
import layertap.graph.TensorId;
import layertap.tensor.HostTensor;

/**
 * A small graph that turns encoded bytes into tensors with TensorFlow's kernels. Thread-safe; owned
 * by whoever opened it, who closes it once no caller runs.
 */
public interface KernelSession extends AutoCloseable {
  /**
   * Runs the graph on one value.
   *
   * @return the value of {@code fetch}, which belongs to the caller
   * @throws RefusedValuesException if a kernel cannot read the bytes
   */
  HostTensor run(byte[] bytes, TensorId fetch);

  /** Frees the native memory; a second call does nothing. */
  @Override
  void close();
}

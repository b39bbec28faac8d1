package layertap.input.value;

import layertap.failure.BadRowException;
import layertap.tensor.HostTensor;

/**
 * Turns the value of a column into the tensor of one row, without the batch axis. Implementations
 * are thread-safe.
 */
public interface ValueConverter extends AutoCloseable {
  /**
   * Converts a value: null, a number, a boolean, a string, bytes, or a list of such.
   *
   * @throws BadRowException if this value cannot be fed
   */
  HostTensor convert(Object value);

  /** Frees native memory; most have none. */
  @Override
  default void close() {}
}

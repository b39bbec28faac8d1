package layertap.extract;

import layertap.inference.TimeLimit;

/** Is told which rows a thread is busy with, before it is. */
@FunctionalInterface
public interface RowWatcher {
  /** Does not look. */
  RowWatcher NONE = (positions, limit) -> {};

  /**
   * The thread begins with rows, and is done with those before.
   *
   * @param positions among the rows that it was given
   * @param limit of the time that they may take
   */
  void begin(int[] positions, TimeLimit limit);
}

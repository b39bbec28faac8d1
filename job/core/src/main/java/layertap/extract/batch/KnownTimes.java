package layertap.extract.batch;

import layertap.inference.TimeLimit;

/**
 * Learns how long batches take, where that does not depend on the values of rows. A limit takes
 * another thread, which TensorFlow can cancel: the batch goes there and back, which of a small
 * model is most of the time. A batch that is known to end long before goes through the model in its
 * caller's thread, and if it takes too long nevertheless, it is told so when it is done.
 * Thread-safe.
 */
public final class KnownTimes {
  /** How often a batch that nothing watches fits into its limit, at least. */
  private static final int SHORTER_THAN_THE_LIMIT = 100;

  private final boolean areBatchesAlike;
  private volatile Batch largest = new Batch(0, Long.MAX_VALUE);

  /** So many rows took so long. */
  private record Batch(int rows, long nanos) {
    boolean isWithin(TimeLimit limit) {
      return nanos < limit.nanos() / SHORTER_THAN_THE_LIMIT;
    }
  }

  /**
   * Knows nothing yet.
   *
   * @param areBatchesAlike whether as many rows take as long, whatever their values; else nothing
   *     is learned
   */
  public KnownTimes(boolean areBatchesAlike) {
    this.areBatchesAlike = areBatchesAlike;
  }

  /** The limit of a batch of so many rows, unwatched if it is known to end long before. */
  public TimeLimit limit(int rows, TimeLimit limit) {
    Batch known = largest;
    return rows <= known.rows && known.isWithin(limit) ? limit.unwatched() : limit;
  }

  /** A batch of so many rows took so long. */
  public void took(int rows, long nanos) {
    if (areBatchesAlike && rows >= largest.rows) {
      largest = new Batch(rows, nanos);
    }
  }
}

package layertap.extract.batch;

import java.util.concurrent.TimeUnit;

/**
 * How many batches are handed to another thread together. Threads that take turns wait for the
 * processor each time, longer than a batch of a small model takes; so there are as many as take a
 * while, with little memory. Used by one thread.
 */
public final class BatchesAtOnce {
  private static final long ENOUGH_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final int MOST = 64;

  /** Of a batch, which ends with it before it has all of its rows. */
  private static final long BATCH_BYTES = 512L << 20;

  /** The same of kept columns, images and texts, for which a plan gives each task this much. */
  private static final long BATCH_BYTES_OF_ANY_SIZE = 64L << 20;

  /** Of rows beyond a batch, and of their features. */
  private static final long BYTES_AT_ONCE = 8L << 20;

  private int count = 1;

  /**
   * Whether one more row is to be read: for a batch as long as it takes little memory, for those
   * beyond the first a while.
   *
   * @param rows that are read
   * @param bytes of them
   * @param bytesOfAnySize those of kept columns, images and texts among these
   * @param batchSize rows of a batch
   * @param sought rows among which those of one shape are sought, a multiple of the size
   * @param isOneAlone whether no other batches are to be there
   */
  public boolean isRoom(
      int rows, long bytes, long bytesOfAnySize, int batchSize, int sought, boolean isOneAlone) {
    boolean isRoomInBatch = bytes < BATCH_BYTES && bytesOfAnySize < BATCH_BYTES_OF_ANY_SIZE;
    long most = (long) sought * (isOneAlone ? 1 : count);
    return rows == 0
        || (rows % batchSize != 0 && isRoomInBatch)
        || (rows < most && bytes < BYTES_AT_ONCE);
  }

  /**
   * What was handed over is done.
   *
   * @param nanos that it took
   * @param bytes of the features
   */
  public void took(long nanos, long bytes) {
    if (nanos > 2 * ENOUGH_NANOS || bytes > BYTES_AT_ONCE) {
      count = Math.max(1, count / 2);
    } else if (nanos < ENOUGH_NANOS / 2 && bytes < BYTES_AT_ONCE / 2) {
      count = Math.min(MOST, 2 * count);
    }
  }
}

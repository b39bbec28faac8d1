package layertap.extract.batch;

import java.util.OptionalInt;
import java.util.function.IntSupplier;

/** Says how many rows go through a model at once. Thread-safe: concurrent callers share one. */
public interface BatchSizes {
  /**
   * How many rows the caller's next batch is to have.
   *
   * @param most asked once at most, and only where sizes are to be tried: how many it may be
   */
  int next(IntSupplier most);

  /**
   * A batch went through the model at once.
   *
   * @param rows that it had
   * @param nanos that the model took
   */
  void ran(int rows, long nanos);

  /** The size that was chosen as the fastest; empty if none was yet, or none is to be. */
  OptionalInt chosen();

  /** Whether a size was chosen since the last call: of all callers one is told, who says so. */
  boolean takeNews();

  /** Always the same. */
  static BatchSizes always(int size) {
    return new BatchSizes() {
      @Override
      public int next(IntSupplier most) {
        return size;
      }

      @Override
      public void ran(int rows, long nanos) {
        // It does not matter.
      }

      @Override
      public OptionalInt chosen() {
        return OptionalInt.empty();
      }

      @Override
      public boolean takeNews() {
        return false;
      }
    };
  }
}

package layertap.extract.batch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** How long batches of one size took. Not thread-safe. */
final class SizeTimes {
  /** Fewer say little. */
  private static final int FEWEST = 3;

  /** So many are enough if they took long enough together. */
  private static final int ENOUGH = 7;

  private static final long ENOUGH_NANOS = 20_000_000;

  /** So many are enough however short they were. */
  private static final int MOST = 60;

  /** Batches that were asked for; what became of the others: too few rows, or refused values. */
  private static final int MOST_DRAWS = 4 * MOST;

  private final int size;
  private final List<Double> nanosPerRow = new ArrayList<>();
  private long nanos;
  private int draws;
  private boolean isWarm;

  SizeTimes(int size) {
    this.size = size;
  }

  int size() {
    return size;
  }

  /** A batch of this size is asked for. */
  void draw() {
    draws++;
  }

  /** Adds a batch, unless it is the first: with that the engine gets memory and plans kernels. */
  void add(long batchNanos) {
    if (!isWarm) {
      isWarm = true;
      return;
    }
    nanos += batchNanos;
    nanosPerRow.add((double) batchNanos / size);
  }

  /** Whether there is something to compare. */
  boolean isKnown() {
    return nanosPerRow.size() >= FEWEST;
  }

  /** Whether more batches would say no more. */
  boolean isDone() {
    return (nanosPerRow.size() >= ENOUGH && nanos >= ENOUGH_NANOS) || nanosPerRow.size() >= MOST;
  }

  /** Whether more batches are to be timed. */
  boolean isWanted() {
    return !isDone() && !isMissed();
  }

  /** Whether batches of this size do not come about. */
  boolean isMissed() {
    return !isDone() && (draws >= MOST_DRAWS || (!isKnown() && draws >= MOST));
  }

  /**
   * The lower quartile: what else the machine does, and garbage collections, make batches slower
   * and never faster.
   */
  double nanosPerRow() {
    List<Double> sorted = new ArrayList<>(nanosPerRow);
    Collections.sort(sorted);
    return sorted.get((sorted.size() - 1) / 4);
  }
}

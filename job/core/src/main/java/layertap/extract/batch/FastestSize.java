package layertap.extract.batch;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.IntSupplier;

/**
 * Finds out on the rows of jobs themselves how many at once are fastest:
 *
 * <pre>
 *   first rows ─▶ 8, 16, 4, 8, 16, 4 … ─▶ the edge is the best: 32, 16, 8, 32 … ─▶ 16 from now on
 *   as ever       the sizes take turns     what is slower drops out
 * </pre>
 *
 * <p>The first rows of a process go in batches of the first size, so a job that has no more gives
 * the same bits each time, and pays nothing. No row is run twice: trying costs what a batch takes
 * longer than one of the best size, and ends when that adds up to a tenth of a second and a
 * twentieth of the time so far, or to a second.
 */
final class FastestSize implements BatchSizes {
  /** Rows that go in batches of the first size before others are tried. */
  static final int ROWS_BEFORE = 256;

  private static final int SMALLEST = 2;

  /** Batches expected to take longer are not tried: a killed task waits for its batch. */
  private static final long LONGEST_NANOS = 1_000_000_000;

  /** What trying may cost. */
  private static final long MOST_LOST_NANOS = 1_000_000_000;

  private static final long LEAST_LOST_NANOS = 100_000_000;
  private static final double LOST_SHARE = 0.05;

  /** A size that takes so many times as long as the best drops out, with those beyond it. */
  private static final double HOPELESS = 1.15;

  /** Sizes beyond the edge are tried if the edge takes no more than so many times the best. */
  private static final double PROMISING = 1.04;

  /** Of sizes that differ by no more the smallest is taken: it takes the least memory. */
  private static final double AS_GOOD = 1.01;

  /** The first size stays if it takes no more than so many times the best. */
  private static final double WORTH_A_CHANGE = 1.03;

  private final int first;
  private int most;
  private long rowsBefore;
  private double allNanos;
  private double lostNanos;
  private final TreeMap<Integer, SizeTimes> trying = new TreeMap<>();
  private boolean isOpenBelow = true;
  private boolean isOpenAbove = true;
  private int turn;
  private int chosen;
  private boolean isNews;

  /**
   * Nothing is known yet.
   *
   * @param first size, a power of two
   */
  FastestSize(int first) {
    this.first = first;
  }

  @Override
  public synchronized int next(IntSupplier mostRows) {
    if (chosen > 0) {
      return chosen;
    }
    if (rowsBefore < ROWS_BEFORE) {
      return first;
    }
    if (trying.isEmpty()) {
      most = mostRows.getAsInt();
      trying.put(first, new SizeTimes(first));
    }
    dropMissed();
    SizeTimes next = inTurn();
    next.draw();
    return next.size();
  }

  /**
   * Partitions may have fewer rows than a batch, or rows that no batch can hold. The best size so
   * far stays: with the first one, which may be gone as hopeless, nothing would be left.
   */
  private void dropMissed() {
    SizeTimes best = best();
    for (SizeTimes times : List.copyOf(trying.values())) {
      if (times.isMissed() && times.size() != first && times != best) {
        isOpenAbove &= times.size() < first;
        isOpenBelow &= times.size() > first;
        trying.remove(times.size());
      }
    }
  }

  /** All of them, so that what else the machine does slows all alike. */
  private SizeTimes inTurn() {
    turn = (turn + 1) % trying.size();
    return List.copyOf(trying.values()).get(turn);
  }

  @Override
  public synchronized void ran(int rows, long nanos) {
    allNanos += nanos;
    if (chosen > 0) {
      return;
    }
    rowsBefore += rows;
    SizeTimes times = trying.get(rows);
    if (times == null) {
      return;
    }
    times.add(nanos);
    if (best() == null) {
      return;
    }
    double perRow = times.isKnown() ? times.nanosPerRow() : (double) nanos / rows;
    lostNanos += rows * Math.max(0, perRow - best().nanosPerRow());
    dropHopeless();
    tryBeyond();
    if (isDear() || trying.values().stream().noneMatch(SizeTimes::isWanted)) {
      choose();
    }
  }

  private boolean isDear() {
    return lostNanos > Math.min(MOST_LOST_NANOS, LEAST_LOST_NANOS + LOST_SHARE * allNanos);
  }

  private List<SizeTimes> known() {
    return trying.values().stream().filter(SizeTimes::isKnown).toList();
  }

  private SizeTimes best() {
    return known().stream().min(Comparator.comparing(SizeTimes::nanosPerRow)).orElse(null);
  }

  private void dropHopeless() {
    SizeTimes best = best();
    for (SizeTimes times : known()) {
      if (times.nanosPerRow() > HOPELESS * best.nanosPerRow()) {
        if (times.size() > best.size()) {
          isOpenAbove = false;
          trying.tailMap(times.size(), true).clear();
        } else {
          isOpenBelow = false;
          trying.headMap(times.size(), true).clear();
        }
      }
    }
  }

  private void tryBeyond() {
    int smaller = trying.firstKey() / 2;
    if (isOpenBelow && smaller >= SMALLEST && isPromising(trying.firstEntry().getValue())) {
      trying.put(smaller, new SizeTimes(smaller));
    }
    long larger = 2L * trying.lastKey();
    if (isOpenAbove
        && larger <= most
        && isPromising(trying.lastEntry().getValue())
        && larger * best().nanosPerRow() <= LONGEST_NANOS) {
      trying.put((int) larger, new SizeTimes((int) larger));
    }
  }

  private boolean isPromising(SizeTimes edge) {
    return edge.isKnown() && edge.nanosPerRow() <= PROMISING * best().nanosPerRow();
  }

  private void choose() {
    double best = best().nanosPerRow();
    SizeTimes ofFirst = trying.get(first);
    boolean staysFirst =
        ofFirst != null && ofFirst.isKnown() && ofFirst.nanosPerRow() <= WORTH_A_CHANGE * best;
    chosen = staysFirst ? first : smallestWithin(AS_GOOD * best);
    isNews = true;
  }

  private int smallestWithin(double nanosPerRow) {
    return known().stream()
        .filter(times -> times.nanosPerRow() <= nanosPerRow)
        .findFirst()
        .orElseThrow()
        .size();
  }

  @Override
  public synchronized OptionalInt chosen() {
    return chosen > 0 ? OptionalInt.of(chosen) : OptionalInt.empty();
  }

  @Override
  public synchronized boolean takeNews() {
    boolean isTaken = isNews;
    isNews = false;
    return isTaken;
  }
}

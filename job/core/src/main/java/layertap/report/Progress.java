package layertap.report;

import java.time.Duration;
import java.util.Collection;
import java.util.Locale;

/**
 * How far the extraction of a job is, and how that is shown. Immutable.
 *
 * @param rows that tasks read so far
 * @param invalidRows among them
 * @param rowsInAll that there are to read, or {@link #UNKNOWN}
 * @param tasks that extract, as far as they are known
 * @param share that is done, from 0 to 1; 0 where nothing tells
 * @param elapsed since the first of the tasks could start
 */
public record Progress(
    long rows, long invalidRows, long rowsInAll, TaskCounts tasks, double share, Duration elapsed) {
  /** How many rows there are is not known before they are read. */
  public static final long UNKNOWN = -1;

  private static final int BAR = 20;
  private static final int PERCENT = 100;

  /** A share that was reached too early says nothing of the rest. */
  private static final Duration SHORTEST = Duration.ofSeconds(2);

  /** How many tasks there are, ended well, and ended badly, be it to be tried again. */
  public record TaskCounts(int all, int done, int failed) {}

  /**
   * The share that is done: of the rows if their number is known, else of the tasks, which are
   * taken to have as many rows as those that are done had.
   *
   * @param doneRows rows of the tasks that are done
   * @param runningRows rows so far of each task that runs
   */
  public static double share(
      long rowsInAll, TaskCounts tasks, long doneRows, Collection<Long> runningRows) {
    long running = runningRows.stream().mapToLong(Long::longValue).sum();
    if (rowsInAll > 0) {
      return Math.min(1, (double) (doneRows + running) / rowsInAll);
    }
    if (tasks.done() == 0 || tasks.all() == 0) {
      return 0;
    }
    double rowsOfTask = Math.max(1, (double) doneRows / tasks.done());
    double parts = runningRows.stream().mapToDouble(rows -> Math.min(1, rows / rowsOfTask)).sum();
    return Math.min(1, (tasks.done() + parts) / tasks.all());
  }

  /** A line for a log. */
  public String line() {
    String failed =
        tasks.failed() == 0 ? "" : String.format(Locale.ROOT, ", %,d failed", tasks.failed());
    String left = left();
    return String.format(
        Locale.ROOT,
        "layertap: %s, %,d invalid, %,d of %,d tasks done%s%s",
        rowsAndRate(),
        invalidRows,
        tasks.done(),
        tasks.all(),
        failed,
        left.isEmpty() ? "" : ", " + left);
  }

  /** A line for a terminal of at least eighty characters. */
  public String bar() {
    int full = (int) Math.floor(share * BAR);
    String left = left();
    return String.format(
        Locale.ROOT,
        "[%s%s] %3.0f %%  %s%s%s",
        "#".repeat(full),
        ".".repeat(BAR - full),
        Math.floor(share * PERCENT),
        rowsAndRate(),
        invalidRows == 0 ? "" : String.format(Locale.ROOT, ", %,d invalid", invalidRows),
        left.isEmpty() ? "" : ", " + left);
  }

  private String rowsAndRate() {
    double seconds = elapsed.toNanos() / 1e9;
    String all = rowsInAll > 0 ? String.format(Locale.ROOT, " of %,d", rowsInAll) : "";
    return String.format(
        Locale.ROOT, "%,d%s rows, %.1f rows/s", rows, all, seconds > 0 ? rows / seconds : 0);
  }

  private String left() {
    if (!(share > 0) || share >= 1 || elapsed.compareTo(SHORTEST) < 0) {
      return "";
    }
    double seconds = elapsed.toNanos() / 1e9;
    return "about %s left".formatted(clock((long) Math.ceil(seconds / share - seconds)));
  }

  private static String clock(long seconds) {
    Duration time = Duration.ofSeconds(seconds);
    return time.toHours() > 0
        ? String.format(
            Locale.ROOT,
            "%s:%02d:%02d h",
            time.toHours(),
            time.toMinutesPart(),
            time.toSecondsPart())
        : String.format(Locale.ROOT, "%s:%02d min", time.toMinutes(), time.toSecondsPart());
  }
}

package layertap.inference;

import java.util.concurrent.TimeUnit;

/**
 * How long something may take.
 *
 * @param nanos that are left
 * @param seconds of which these are the rest; 0 for no limit
 * @param cancels whether what takes longer is cancelled; else it is only told so when it is done
 */
public record TimeLimit(long nanos, int seconds, boolean cancels) {
  /** It may take for ever. */
  public static final TimeLimit NONE = new TimeLimit(Long.MAX_VALUE, 0, false);

  /** So many seconds; 0 for no limit. */
  public static TimeLimit ofSeconds(int seconds) {
    return seconds == 0 ? NONE : new TimeLimit(TimeUnit.SECONDS.toNanos(seconds), seconds, true);
  }

  public boolean isNone() {
    return seconds == 0;
  }

  /**
   * The same for what is known to end soon: nothing watches it, which would take another thread,
   * and if it does take longer, it is told so when it is done.
   */
  public TimeLimit unwatched() {
    return new TimeLimit(nanos, seconds, false);
  }

  /** What is left of it. */
  public TimeLimit after(long spentNanos) {
    return isNone() ? NONE : new TimeLimit(nanos - spentNanos, seconds, cancels);
  }

  /** So many times as long. */
  public TimeLimit times(int factor) {
    return isNone() ? NONE : new TimeLimit(nanos * factor, seconds, cancels);
  }

  /** Whether nothing is left. */
  public boolean isOver() {
    return nanos <= 0;
  }

  /** Rounded up. */
  public long milliseconds() {
    return TimeUnit.NANOSECONDS.toMillis(nanos) + 1;
  }
}

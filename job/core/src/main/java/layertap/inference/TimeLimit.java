package layertap.inference;

import java.util.concurrent.TimeUnit;

/**
 * How long something may take.
 *
 * @param nanos that are left
 * @param seconds of which these are the rest; 0 for no limit
 */
public record TimeLimit(long nanos, int seconds) {
  /** It may take for ever. */
  public static final TimeLimit NONE = new TimeLimit(Long.MAX_VALUE, 0);

  /** So many seconds; 0 for no limit. */
  public static TimeLimit ofSeconds(int seconds) {
    return seconds == 0 ? NONE : new TimeLimit(TimeUnit.SECONDS.toNanos(seconds), seconds);
  }

  public boolean isNone() {
    return seconds == 0;
  }

  /** What is left of it. */
  public TimeLimit after(long spentNanos) {
    return isNone() ? NONE : new TimeLimit(nanos - spentNanos, seconds);
  }

  /** So many times as long. */
  public TimeLimit times(int factor) {
    return isNone() ? NONE : new TimeLimit(nanos * factor, seconds);
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

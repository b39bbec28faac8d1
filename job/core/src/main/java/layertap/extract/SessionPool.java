package layertap.extract;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import layertap.inference.MemoryShortException;
import layertap.process.Alarm;
import layertap.process.AvailableMemory;
import layertap.process.ProcessState;

/**
 * The open sessions of a JVM, by the plans that they run: opened for the first that needs one,
 * shared by all others, closed some time after the last. Thread-safe.
 *
 * <p>Whoever uses a session holds a lease; none is closed before its last lease is. A session
 * without a lease is idle: it waits for the next that needs it, for a while, as one of a few, and
 * only while memory is not short.
 */
public final class SessionPool {
  /** The default for how many sessions may be idle: each holds the weights of its model. */
  public static final int MOST_IDLE = 2;

  /** The default for how long a session may be idle. */
  public static final Duration IDLE_TIME = Duration.ofMinutes(5);

  /** How often idle sessions are looked at, whether their memory is wanted. */
  private static final Duration LOOK_TIME = Duration.ofSeconds(10);

  private final MemoryWatch memory;
  private int mostIdle;
  private volatile Duration idleTime;
  private final Map<String, PooledSession> entries = new HashMap<>();
  private final Alarm alarm = new Alarm(() -> closeIdleFor(idleTime.toNanos()));

  /** With the defaults. */
  public SessionPool() {
    this(MOST_IDLE, IDLE_TIME);
  }

  /**
   * An empty pool.
   *
   * @param mostIdle so many may be idle; before one is opened, the one idle for longest makes room
   * @param idleTime a session that was idle for so long is closed
   */
  public SessionPool(int mostIdle, Duration idleTime) {
    this(
        mostIdle,
        idleTime,
        new MemoryWatch(() -> AvailableMemory.ofThisMachine().isShort(), LOOK_TIME));
  }

  /** The same; the watch says when idle sessions have to go, so that others find memory. */
  SessionPool(int mostIdle, Duration idleTime, MemoryWatch memory) {
    this.mostIdle = mostIdle;
    this.idleTime = idleTime;
    this.memory = memory;
  }

  /** Sets what holds for sessions from now on: see the constructor. */
  public synchronized void limit(int most, Duration time) {
    this.mostIdle = most;
    this.idleTime = time;
  }

  /** The pool that all jobs and sessions of this JVM share. */
  public static SessionPool ofThisJvm() {
    return ProcessState.ofThisJvm().get(SessionPool.class, SessionPool::new);
  }

  /** The right to use a session until it is closed. Thread-safe. */
  public final class Lease implements AutoCloseable {
    private final PooledSession entry;
    private final FeatureExtractor extractor;
    private final boolean isNew;
    private boolean isClosed;

    private Lease(PooledSession entry, FeatureExtractor extractor, boolean isNew) {
      this.entry = entry;
      this.extractor = extractor;
      this.isNew = isNew;
    }

    /** What runs the plan. It is the pool that closes it. */
    public FeatureExtractor extractor() {
      return extractor;
    }

    /**
     * Whether this lease's holder is to count that the session was opened: of all leases of the run
     * for which it was opened, one is.
     */
    public boolean isNew() {
      return isNew;
    }

    /** The holder's counts are dropped: the run's next lease counts the opening in its place. */
    public void forgetCount() {
      synchronized (SessionPool.this) {
        entry.isReported &= !isNew;
      }
    }

    /** A thread uses the session for ever: it is never closed. */
    public synchronized void abandon() {
      isClosed = true;
    }

    /** Gives the session back; a second call does nothing. */
    @Override
    public synchronized void close() {
      if (!isClosed) {
        isClosed = true;
        release(entry);
      }
    }
  }

  /**
   * Leases the session of a plan. Where there is none, it is opened; where one is being opened, the
   * call waits for it. One that could not be opened is forgotten: the next call opens it again.
   *
   * @param key equal for equal plans of equal models only
   * @param run on whose behalf the session is used, see {@link Lease#isNew}
   * @param open opens it, in a thread of its own; what it throws is thrown by all who wait
   * @throws InterruptedException if the thread is interrupted while it waits; the session is opened
   *     all the same
   */
  public Lease lease(String key, String run, Supplier<FeatureExtractor> open)
      throws InterruptedException {
    List<PooledSession> evicted = List.of();
    PooledSession entry;
    boolean isAbsent;
    boolean isShort = !isOpen(key) && memory.isShort();
    synchronized (this) {
      entry = entries.get(key);
      isAbsent = entry == null;
      if (isAbsent) {
        evicted = removeIdle(isShort ? 0 : mostIdle - 1);
        entry = new PooledSession(key, run);
        entries.put(key, entry);
      }
      entry.leases++;
    }
    evicted.forEach(PooledSession::close);
    if (isAbsent) {
      PooledSession opening = entry;
      opening.start(() -> open(open), () -> forget(opening));
    }
    FeatureExtractor extractor = await(entry);
    synchronized (this) {
      boolean isNew = !entry.isReported && entry.run.equals(run);
      entry.isReported |= isNew;
      return new Lease(entry, extractor, isNew);
    }
  }

  private FeatureExtractor open(Supplier<FeatureExtractor> open) {
    try {
      return open.get();
    } catch (OutOfMemoryError | MemoryShortException e) {
      closeIdle();
      return open.get();
    }
  }

  private FeatureExtractor await(PooledSession entry) throws InterruptedException {
    try {
      return entry.await();
    } catch (InterruptedException e) {
      release(entry);
      throw e;
    }
  }

  private void release(PooledSession entry) {
    List<PooledSession> evicted;
    synchronized (this) {
      entry.leases--;
      entry.idleSince = System.nanoTime();
      evicted = removeIdle(mostIdle);
    }
    evicted.forEach(PooledSession::close);
    setAlarm();
    // Not at once, for a job's next task may want it.
    memory.watchWhile(this::hasIdle, () -> closeIdleFor(memory.intervalNanos()));
  }

  private synchronized void setAlarm() {
    long end = System.nanoTime() - idleTime.toNanos();
    idle().mapToLong(entry -> entry.idleSince - end).min().ifPresent(alarm::setWithin);
  }

  private synchronized void forget(PooledSession entry) {
    entries.remove(entry.key, entry);
  }

  private synchronized boolean hasIdle() {
    return idle().findAny().isPresent();
  }

  private synchronized boolean isOpen(String key) {
    return entries.containsKey(key);
  }

  /** How many sessions there are, leased or idle. */
  public synchronized int size() {
    return entries.size();
  }

  /** How many sessions are leased, or waited for. */
  public synchronized int inUse() {
    return Math.toIntExact(entries.values().stream().filter(entry -> entry.leases > 0).count());
  }

  /** Closes all sessions that nobody uses, for those who need the memory. */
  public void closeIdle() {
    closeIdleFor(0);
  }

  private void closeIdleFor(long nanos) {
    List<PooledSession> closed;
    synchronized (this) {
      long end = System.nanoTime() - nanos;
      closed = idle().filter(entry -> entry.idleSince - end <= 0).toList();
      closed.forEach(entry -> entries.remove(entry.key));
    }
    try {
      closed.forEach(PooledSession::close);
    } finally {
      setAlarm();
    }
  }

  private Stream<PooledSession> idle() {
    return entries.values().stream().filter(entry -> entry.leases == 0);
  }

  /** Forgets idle sessions but for the last few; the caller closes them. */
  private List<PooledSession> removeIdle(int kept) {
    List<PooledSession> idle =
        idle().sorted((one, other) -> Long.signum(one.idleSince - other.idleSince)).toList();
    List<PooledSession> removed = idle.subList(0, Math.max(0, idle.size() - Math.max(0, kept)));
    removed.forEach(entry -> entries.remove(entry.key));
    return removed;
  }
}

package layertap.extract;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import layertap.process.ProcessState;

/**
 * The open sessions of a JVM, by the plans that they run: opened for the first that needs one,
 * shared by all others, closed some time after the last. Thread-safe.
 *
 * <p>Whoever uses a session holds a lease; none is closed before its last lease is. A session
 * without a lease is idle: it waits for the next that needs it, for a while, and as one of a few.
 */
public final class SessionPool {
  /** The default for how many sessions may be idle: each holds the weights of its model. */
  public static final int MOST_IDLE = 2;

  /** The default for how long a session may be idle. */
  public static final Duration IDLE_TIME = Duration.ofMinutes(5);

  private final int mostIdle;
  private final Duration idleTime;
  private final Map<String, Entry> entries = new HashMap<>();

  /** A session that is open or being opened; what changes is guarded by the pool. */
  private static final class Entry {
    private final String key;
    private final String run;
    private final CompletableFuture<FeatureExtractor> extractor = new CompletableFuture<>();
    private int leases;
    private long idleSince;
    private boolean isReported;

    Entry(String key, String run) {
      this.key = key;
      this.run = run;
    }

    /** One that is still being opened is closed when it is open. */
    void close() {
      extractor.thenAccept(FeatureExtractor::close);
    }
  }

  /** A pool with the defaults. */
  public SessionPool() {
    this(MOST_IDLE, IDLE_TIME);
  }

  /**
   * An empty pool.
   *
   * @param mostIdle so many sessions may be idle; the one idle for longest is closed first. Before
   *     a session is opened, room is made for it among them
   * @param idleTime a session that was idle for so long is closed
   */
  public SessionPool(int mostIdle, Duration idleTime) {
    this.mostIdle = mostIdle;
    this.idleTime = idleTime;
  }

  /** The pool that all jobs and sessions of this JVM share. */
  public static SessionPool ofThisJvm() {
    return ProcessState.ofThisJvm().get(SessionPool.class, SessionPool::new);
  }

  /** The right to use a session until it is closed. Thread-safe. */
  public final class Lease implements AutoCloseable {
    private final Entry entry;
    private final FeatureExtractor extractor;
    private final boolean isNew;
    private boolean isClosed;

    private Lease(Entry entry, FeatureExtractor extractor, boolean isNew) {
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
    List<Entry> evicted = List.of();
    Entry entry;
    boolean isAbsent;
    synchronized (this) {
      entry = entries.get(key);
      isAbsent = entry == null;
      if (isAbsent) {
        evicted = removeIdle(mostIdle - 1);
        entry = new Entry(key, run);
        entries.put(key, entry);
      }
      entry.leases++;
    }
    evicted.forEach(Entry::close);
    if (isAbsent) {
      start(entry, open);
    }
    FeatureExtractor extractor = await(entry);
    synchronized (this) {
      boolean isNew = !entry.isReported && entry.run.equals(run);
      entry.isReported |= isNew;
      return new Lease(entry, extractor, isNew);
    }
  }

  /**
   * Opens in a thread of its own. Spark interrupts the threads of tasks that it kills, such as the
   * slower one of two speculative attempts; that would break off the loading of the natives, which
   * a JVM can try once only, and fail other tasks that wait for the same session.
   */
  private void start(Entry entry, Supplier<FeatureExtractor> open) {
    try {
      CompletableFuture.supplyAsync(open, SessionPool::runAside)
          .whenComplete((extractor, failure) -> opened(entry, extractor, failure));
    } catch (OutOfMemoryError e) {
      // Without a thread nobody would ever tell those who wait.
      opened(entry, null, e);
    }
  }

  private static void runAside(Runnable opening) {
    Thread thread = new Thread(opening, "layertap opens a session");
    thread.setDaemon(true);
    thread.start();
  }

  private void opened(Entry entry, FeatureExtractor extractor, Throwable failure) {
    if (failure == null) {
      entry.extractor.complete(extractor);
      return;
    }
    synchronized (this) {
      entries.remove(entry.key, entry);
    }
    entry.extractor.completeExceptionally(failure);
  }

  private FeatureExtractor await(Entry entry) throws InterruptedException {
    try {
      return entry.extractor.get();
    } catch (InterruptedException e) {
      release(entry);
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause();
    }
  }

  private void release(Entry entry) {
    List<Entry> evicted;
    synchronized (this) {
      entry.leases--;
      entry.idleSince = System.nanoTime();
      evicted = removeIdle(mostIdle);
    }
    evicted.forEach(Entry::close);
    CompletableFuture.delayedExecutor(idleTime.toNanos(), TimeUnit.NANOSECONDS)
        .execute(() -> closeIdleFor(idleTime.toNanos()));
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
    List<Entry> closed;
    synchronized (this) {
      long now = System.nanoTime();
      closed = idle().filter(entry -> now - entry.idleSince >= nanos).toList();
      closed.forEach(entry -> entries.remove(entry.key));
    }
    closed.forEach(Entry::close);
  }

  private Stream<Entry> idle() {
    return entries.values().stream().filter(entry -> entry.leases == 0);
  }

  /** Forgets idle sessions but for the last few; the caller closes them. */
  private List<Entry> removeIdle(int kept) {
    List<Entry> idle =
        idle().sorted((one, other) -> Long.signum(one.idleSince - other.idleSince)).toList();
    List<Entry> removed = idle.subList(0, Math.max(0, idle.size() - Math.max(0, kept)));
    removed.forEach(entry -> entries.remove(entry.key));
    return removed;
  }
}

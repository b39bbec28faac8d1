package layertap.extract.serving;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import layertap.extract.RowFeatures;

/**
 * Runs the rows of concurrent callers together, in the threads of these callers. Thread-safe.
 *
 * <p>Requests wait in a line. The caller of the first one takes it, with as many of the next as
 * make a batch, once a batch may run and there are enough rows or the first has waited for long
 * enough; the others wait for their answers. A request is never split.
 */
final class CallerBatches {
  /** What runs rows. */
  interface Model {
    /**
     * Gives a result for each row.
     *
     * @param isOfList whether a list of rows is among them, which run as in a job
     */
    List<RowFeatures> run(List<Object[]> rows, boolean isOfList);
  }

  private final Model model;
  private final int batchSize;
  private final int concurrentBatches;
  private final long longestWaitNanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private final Deque<Request> waiting = new ArrayDeque<>();
  private int waitingRows;
  private int running;
  private boolean isClosed;

  /**
   * Rows of one caller. Whether they are done, and whether the caller was interrupted, is guarded
   * by the lock; the answer is written before they are done.
   */
  private static final class Request {
    private final List<Object[]> rows;
    private final boolean isList;
    private final Condition changed;
    private final long since = System.nanoTime();
    private boolean isDone;
    private boolean isInterrupted;
    private List<RowFeatures> results;
    private RuntimeException failure;
    private Error error;

    Request(List<Object[]> rows, boolean isList, Condition changed) {
      this.rows = rows;
      this.isList = isList;
      this.changed = changed;
    }

    List<RowFeatures> answer() {
      if (error != null) {
        throw error;
      }
      if (failure != null) {
        throw failure;
      }
      return results;
    }
  }

  /**
   * An empty line.
   *
   * @param model runs the rows, in several threads at once
   * @param batchSize so many rows go together
   * @param concurrentBatches so many batches run at once
   * @param longestWait of the first request for others
   */
  CallerBatches(Model model, int batchSize, int concurrentBatches, Duration longestWait) {
    this.model = model;
    this.batchSize = batchSize;
    this.concurrentBatches = concurrentBatches;
    this.longestWaitNanos = longestWait.toNanos();
  }

  /**
   * Runs rows, perhaps beside those of others. Does not end before its rows are done, also if the
   * thread is interrupted, which it then is when this returns.
   *
   * @param isList whether they came as a list, else as one row
   * @throws IllegalStateException if this was closed
   */
  List<RowFeatures> run(List<Object[]> rows, boolean isList) {
    // An interrupted thread cannot read files, which may be those of others' rows.
    boolean wasInterrupted = Thread.interrupted();
    Request own = new Request(rows, isList, lock.newCondition());
    try {
      List<Request> batch = enqueue(own);
      if (!batch.isEmpty()) {
        // One that is woken and interrupted at once is not told so by the wait.
        own.isInterrupted |= Thread.interrupted();
        runTaken(batch);
      }
    } finally {
      if (wasInterrupted || own.isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
    return own.answer();
  }

  /** The batch that the caller runs; empty if another one ran its rows. */
  private List<Request> enqueue(Request own) {
    lock.lock();
    try {
      requireOpen();
      waiting.add(own);
      waitingRows += own.rows.size();
      wakeFirst();
      return awaitTurn(own);
    } finally {
      lock.unlock();
    }
  }

  void requireOpen() {
    lock.lock();
    try {
      if (isClosed) {
        throw new IllegalStateException(
            "cannot extract rows: the extractor was closed; open another one");
      }
    } finally {
      lock.unlock();
    }
  }

  private List<Request> awaitTurn(Request own) {
    while (!own.isDone) {
      boolean isNext = waiting.peek() == own && running < concurrentBatches;
      boolean isEnough = isClosed || waitingRows >= batchSize;
      long left = longestWaitNanos - (System.nanoTime() - own.since);
      if (isNext && (isEnough || left <= 0)) {
        return take();
      }
      try {
        if (isNext) {
          long unused = own.changed.awaitNanos(left);
        } else {
          own.changed.await();
        }
      } catch (InterruptedException e) {
        own.isInterrupted = true;
      }
    }
    return List.of();
  }

  private List<Request> take() {
    List<Request> batch = new ArrayList<>();
    int rows = 0;
    while (!waiting.isEmpty()
        && (batch.isEmpty() || rows + waiting.peek().rows.size() <= batchSize)) {
      Request next = waiting.remove();
      rows += next.rows.size();
      batch.add(next);
    }
    waitingRows -= rows;
    running++;
    wakeFirst();
    return batch;
  }

  private void wakeFirst() {
    if (!waiting.isEmpty()) {
      waiting.peek().changed.signal();
    }
  }

  private void runTaken(List<Request> batch) {
    try {
      runTogether(batch);
    } catch (Error e) {
      batch.forEach(request -> request.error = e);
    } finally {
      lock.lock();
      try {
        running--;
        for (Request request : batch) {
          request.isDone = true;
          request.changed.signal();
        }
        wakeFirst();
        if (running == 0 && waiting.isEmpty()) {
          ended.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** What fails for the rows of one caller does not fail for the others'. */
  private void runTogether(List<Request> batch) {
    List<Object[]> rows = new ArrayList<>();
    batch.forEach(request -> rows.addAll(request.rows));
    try {
      boolean isOfList = batch.stream().anyMatch(request -> request.isList);
      List<RowFeatures> results = model.run(rows, isOfList);
      int next = 0;
      for (Request request : batch) {
        request.results = results.subList(next, next + request.rows.size());
        next += request.rows.size();
      }
    } catch (RuntimeException e) {
      if (batch.size() == 1) {
        batch.get(0).failure = e;
        return;
      }
      batch.forEach(request -> runTogether(List.of(request)));
    }
  }

  /** Rows that wait for a batch. */
  int waitingRows() {
    lock.lock();
    try {
      return waitingRows;
    } finally {
      lock.unlock();
    }
  }

  /** Refuses further rows and waits for those that are here. */
  void close() {
    lock.lock();
    try {
      isClosed = true;
      wakeFirst();
      while (running > 0 || !waiting.isEmpty()) {
        ended.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }
}

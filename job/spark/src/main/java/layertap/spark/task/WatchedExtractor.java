package layertap.spark.task;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import layertap.extract.ExtractedBatch;
import layertap.extract.FeatureExtractor;
import layertap.extract.RowWatcher;
import layertap.failure.UserException;
import layertap.inference.TimeLimit;
import layertap.process.DaemonThread;
import layertap.process.Outcome;
import layertap.process.StuckThreads;

/**
 * Extracts in a thread of its own, while the task's looks at the clock: an op that does not end
 * keeps its thread, but not the job. Used by one thread, which closes it.
 */
final class WatchedExtractor implements AutoCloseable {
  /** How long an op may go on once the time of its batch is over. */
  static final Duration GRACE = Duration.ofSeconds(30);

  private static final long LOOK_MILLIS = 1000;

  private final TimeLimit limit;
  private final Duration grace;
  private final SynchronousQueue<FutureTask<ExtractedBatch>> work = new SynchronousQueue<>();
  private Thread worker;
  private volatile UnderWay underWay;

  /** What the thread is busy with. */
  private record UnderWay(int[] rows, TimeLimit limit, long since) {}

  /**
   * Starts no thread yet.
   *
   * @param limit of a batch; without one the caller's thread extracts
   * @param grace how long an op may go on after that
   */
  WatchedExtractor(TimeLimit limit, Duration grace) {
    this.limit = limit;
    this.grace = grace;
  }

  /**
   * Extracts rows.
   *
   * @param batchSize how many of them go through the model at once
   * @param names of rows that are under way, for messages and for notes
   * @throws StuckException if an op does not end
   */
  ExtractedBatch extract(
      FeatureExtractor extractor, List<Object[]> rows, int batchSize, RowsUnderWay names) {
    if (limit.isNone()) {
      return extractor.extract(rows, batchSize, limit, names);
    }
    RowWatcher watcher =
        (positions, left) -> {
          underWay = new UnderWay(positions, left, System.nanoTime());
          names.begin(positions, left);
        };
    int[] all = IntStream.range(0, rows.size()).toArray();
    underWay = new UnderWay(all, limit, System.nanoTime());
    FutureTask<ExtractedBatch> task =
        new FutureTask<>(() -> extractor.extract(rows, batchSize, limit, watcher));
    hand(task);
    return await(task, names);
  }

  private void hand(FutureTask<ExtractedBatch> task) {
    if (worker == null) {
      String name = Thread.currentThread().getName() + ", batches";
      worker = DaemonThread.start(name, this::workInTurns);
    }
    boolean isInterrupted = false;
    while (true) {
      try {
        work.put(task);
        break;
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void workInTurns() {
    try {
      while (true) {
        work.take().run();
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  /** A task that is killed waits for its batch all the same: natives use what it holds. */
  private ExtractedBatch await(FutureTask<ExtractedBatch> task, RowsUnderWay names) {
    boolean isInterrupted = false;
    try {
      while (true) {
        try {
          return task.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          requireProgress(names);
        } catch (InterruptedException e) {
          isInterrupted = true;
        }
      }
    } catch (ExecutionException e) {
      return Outcome.<ExtractedBatch>failed(e.getCause()).get();
    } finally {
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void requireProgress(RowsUnderWay names) {
    UnderWay now = underWay;
    long nanos = System.nanoTime() - now.since;
    if (nanos > now.limit.nanos() + grace.toNanos()) {
      StuckThreads.ofThisJvm().add();
      throw new StuckException(
          new UserException(
              ("cannot extract the rows %s: an op that cannot be cancelled does not end, after %s s"
                      + " (run.batch-seconds = %s); set run.batch-size = 1 to find the row, and"
                      + " filter it, or tap a layer before the op")
                  .formatted(
                      names.of(now.rows), TimeUnit.NANOSECONDS.toSeconds(nanos), limit.seconds())));
    }
  }

  /** An op keeps its thread, and what that uses. */
  static final class StuckException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient UserException failure;

    StuckException(UserException failure) {
      super(failure);
      this.failure = failure;
    }

    /** What the user is told. */
    UserException failure() {
      return failure;
    }
  }

  /** Ends the thread; nothing runs in it, unless an op does for ever. */
  @Override
  public void close() {
    if (worker != null) {
      worker.interrupt();
    }
  }
}

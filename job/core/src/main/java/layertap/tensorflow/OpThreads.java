package layertap.tensorflow;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import layertap.inference.TimeLimit;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.ThreadPoolOptionProto;

/**
 * Threads of TensorFlow's for runs with a time limit: it does not look at the clock while ops run
 * in the caller's thread. Each run has a thread for itself, as it has without a limit, so that
 * callers scale, and one that cannot be cancelled stops no other. All sessions share them.
 * Thread-safe.
 */
final class OpThreads {
  /** Ops run in the thread of whoever runs the session. */
  private static final int CALLERS_THREAD = -1;

  private static final RunOptions IN_CALLERS_THREAD =
      RunOptions.newBuilder().setInterOpThreadPool(CALLERS_THREAD).build();

  private final int count = 2 * Math.max(4, Runtime.getRuntime().availableProcessors());
  private final BlockingQueue<Integer> free =
      new LinkedBlockingQueue<>(IntStream.range(0, count).boxed().toList());

  /** Options of a run without a limit, which TensorFlow would put into one of the threads, too. */
  static RunOptions inCallersThread() {
    return IN_CALLERS_THREAD;
  }

  /** Tells a session of the threads. */
  void addTo(ConfigProto.Builder config) {
    for (int i = 0; i < count; i++) {
      config.addSessionInterOpThreadPool(
          ThreadPoolOptionProto.newBuilder().setNumThreads(1).setGlobalName("layertap_" + i));
    }
  }

  /** A thread until it is closed; the caller's own if all are taken, where nothing is cancelled. */
  final class Use implements AutoCloseable {
    private final Integer thread;

    Use() {
      this.thread = free.poll();
    }

    RunOptions options(TimeLimit limit) {
      return thread == null
          ? IN_CALLERS_THREAD
          : RunOptions.newBuilder()
              .setInterOpThreadPool(thread)
              .setTimeoutInMs(limit.milliseconds())
              .build();
    }

    @Override
    public void close() {
      if (thread != null) {
        free.add(thread);
      }
    }
  }
}

package layertap.model.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import layertap.process.ProcessState;

/**
 * Locks by which one thread of one process at a time fetches a model. The system gives up those of
 * a process that ends, however it does; nobody waits for ever for one that stands still.
 * Thread-safe.
 */
final class PieceLocks {
  /** Name of the file of a model that is locked. */
  static final String FILE = "lock";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long PAUSE_MILLIS = 20;

  private final Map<Path, ReentrantLock> threads = new ConcurrentHashMap<>();

  /**
   * Channels to files that another class loader of this process had locked. To close one would give
   * up that lock, see {@link FileLock}.
   */
  private final Map<Path, FileChannel> lockedElsewhere = new ConcurrentHashMap<>();

  private final Duration patience;

  /**
   * No locks yet.
   *
   * @param patience how long to wait for one
   */
  PieceLocks(Duration patience) {
    this.patience = patience;
  }

  static PieceLocks ofThisJvm() {
    return ProcessState.ofThisJvm().get(PieceLocks.class, () -> new PieceLocks(PATIENCE));
  }

  /** A lock, or the knowledge that somebody else has it. */
  static final class Lock implements AutoCloseable {
    private final ReentrantLock thread;
    private final FileChannel channel;

    private Lock(ReentrantLock thread, FileChannel channel) {
      this.thread = thread;
      this.channel = channel;
    }

    boolean isHeld() {
      return channel != null;
    }

    @Override
    public void close() {
      try {
        if (channel != null) {
          channel.close();
        }
      } catch (IOException e) {
        // It is given up all the same when the process ends.
        return;
      } finally {
        if (thread != null) {
          thread.unlock();
        }
      }
    }
  }

  /** Waits for the lock of a file; a class loader has no more than one channel to it. */
  Lock lock(Path file) {
    long end = System.nanoTime() + patience.toNanos();
    ReentrantLock thread = threads.computeIfAbsent(file, path -> new ReentrantLock());
    try {
      if (!thread.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        return new Lock(null, null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Lock(null, null);
    }
    return new Lock(thread, locked(file, end));
  }

  /** The file, locked; null if it cannot be. */
  private FileChannel locked(Path file, long end) {
    FileChannel channel = lockedElsewhere.remove(file);
    try {
      if (channel == null) {
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      }
      FileLock lock = channel.tryLock();
      while (lock == null && System.nanoTime() < end) {
        Thread.sleep(PAUSE_MILLIS);
        lock = channel.tryLock();
      }
      if (lock != null) {
        return channel;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (OverlappingFileLockException e) {
      // Each class loader reads for itself.
      lockedElsewhere.put(file, channel);
      return null;
    } catch (IOException e) {
      // A file system without locks: each process reads for itself.
      return closed(channel);
    }
    return closed(channel);
  }

  private static FileChannel closed(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // It was of no use.
      return null;
    }
    return null;
  }
}

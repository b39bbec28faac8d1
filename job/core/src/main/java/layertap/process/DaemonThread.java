package layertap.process;

/** Threads that do not keep the JVM from ending. */
public final class DaemonThread {
  private DaemonThread() {}

  /** A thread that is not started yet, such as an executor's. */
  public static Thread of(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  /** A thread that does the work from now on. */
  public static Thread start(String name, Runnable work) {
    Thread thread = of(name, work);
    thread.start();
    return thread;
  }
}

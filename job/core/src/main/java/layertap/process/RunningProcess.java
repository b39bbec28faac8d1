package layertap.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * A process of this machine. Numbers are used again: a later process of the same one is another.
 *
 * @param number in the process namespace
 * @param started milliseconds since 1970, 0 if it cannot be told
 */
public record RunningProcess(long number, long started) {
  /** This one. */
  public static RunningProcess current() {
    ProcessHandle process = ProcessHandle.current();
    return new RunningProcess(process.pid(), started(process));
  }

  /** Whether it runs: one that has ended, and whose parent did not ask for its end, does not. */
  public boolean isAlive() {
    return ProcessHandle.of(number)
        .filter(ProcessHandle::isAlive)
        .filter(process -> started(process) == started)
        .filter(process -> !hasEnded())
        .isPresent();
  }

  private static long started(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  /** By Linux' {@code /proc/[pid]/stat} (proc_pid_stat(5)): number, name in brackets, state. */
  private boolean hasEnded() {
    try {
      String status =
          Files.readString(Path.of("/proc/" + number + "/stat"), StandardCharsets.ISO_8859_1);
      String state = status.substring(status.lastIndexOf(')') + 1).trim();
      return state.startsWith("Z") || state.startsWith("X");
    } catch (IOException e) {
      // Not on Linux, or it is gone this moment: it is asked for again.
      return false;
    }
  }
}

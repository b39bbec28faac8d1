package layertap.publish;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import layertap.process.RunningProcess;

/**
 * Who holds a lease.
 *
 * @param machine on which its process runs; in a container, the container
 * @param process number there
 * @param processStarted milliseconds, since numbers are used again
 * @param renewed milliseconds
 * @param seconds that it holds after it was renewed
 */
record LeaseHolder(
    String runId, String machine, long process, long processStarted, long renewed, long seconds) {
  LeaseHolder {
    Objects.requireNonNull(runId);
    Objects.requireNonNull(machine);
  }

  /** This process. */
  static LeaseHolder ofThisProcess(String runId, Instant now, Duration duration) {
    RunningProcess running = RunningProcess.current();
    return new LeaseHolder(
        runId,
        thisMachine(),
        running.number(),
        running.started(),
        now.toEpochMilli(),
        duration.toSeconds());
  }

  LeaseHolder renewedAt(Instant now) {
    return new LeaseHolder(runId, machine, process, processStarted, now.toEpochMilli(), seconds);
  }

  boolean isSameAs(LeaseHolder other) {
    return runId.equals(other.runId)
        && machine.equals(other.machine)
        && process == other.process
        && processStarted == other.processStarted;
  }

  boolean isOnThisMachine() {
    return machine.equals(thisMachine());
  }

  /**
   * Whether nobody is behind it any more: its process is gone, or it was not renewed in time. Of a
   * holder on another machine, whose clock may be wrong, this is no more than likely.
   */
  boolean isDead(Instant now) {
    long age = now.toEpochMilli() - renewed;
    long longest = seconds * 1000;
    return isOnThisMachine()
        ? age > longest || !new RunningProcess(process, processStarted).isAlive()
        : Math.abs(age) > longest;
  }

  /**
   * Where process numbers are comparable: the host, on Linux its boot and process namespace too.
   */
  private static String thisMachine() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "unknown";
    }
    try {
      return host
          + " "
          + Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).trim()
          + " "
          + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
    } catch (IOException | UnsupportedOperationException e) {
      return host;
    }
  }

  @Override
  public String toString() {
    return "run " + runId + " (process " + process + " on " + machine.split(" ")[0] + ")";
  }
}

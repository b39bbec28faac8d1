package layertap.cluster

import java.nio.file.{Files, Path}
import scala.jdk.CollectionConverters._
import scala.util.Try

/** Watches the memory of processes from outside, until it is stopped. */
final class PeakMemory(pids: () => Seq[Long]) {
  @volatile private var isStopped = false
  @volatile private var peaks = Map.empty[Long, Long]
  private val thread = new Thread(() => while (!isStopped) look())
  thread.start()

  private def look(): Unit = {
    // The kernel keeps the peak, so looking seldom misses little: what comes just before the end.
    peaks ++= pids().flatMap(pid => PeakMemory.bytes(pid, "VmHWM").map(pid -> _))
    Thread.sleep(100)
  }

  /** The largest resident memory of each process in bytes. */
  def stop(): Map[Long, Long] = {
    isStopped = true
    thread.join()
    peaks
  }
}

object PeakMemory {

  /** A field of the process' status in bytes, if it still runs. */
  private def bytes(pid: Long, field: String): Option[Long] =
    Try(Files.readAllLines(Path.of(s"/proc/$pid/status")).asScala).toOption.flatMap {
      _.collectFirst { case s"$name:$size kB" if name == field => size.trim.toLong << 10 }
    }
}

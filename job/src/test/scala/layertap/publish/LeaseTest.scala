package layertap.publish

import java.nio.file.{Files, Path}
import java.time.{Clock, Duration, Instant}
import layertap.testing.{JavaProcess, TempFolder}
import org.scalatest.concurrent.Eventually.{eventually, interval, timeout}
import org.scalatest.funsuite.AnyFunSuite
import org.scalatest.time.SpanSugar._

class LeaseTest extends AnyFunSuite {
  private val minute = Duration.ofSeconds(60)

  private def later(duration: Duration): Clock = Clock.offset(Clock.systemUTC, duration)

  private def lease(
      folder: Path,
      runId: String,
      clock: Clock = Clock.systemUTC,
      duration: Duration = minute
  ): Lease =
    new Lease(new CrashingStore, new OutputPlaces(s"$folder/features", runId), duration, clock)

  private def file(folder: Path): Path = folder.resolve(".features.layertap/lease")

  test("a second run is refused, and told who is there and for how long") {
    TempFolder.use { folder =>
      lease(folder, "first").acquire()
      val refused = intercept[OutputBusyException](lease(folder, "second").acquire())
      val process = ProcessHandle.current.pid
      assert(
        refused.getMessage.matches(
          s"cannot write to .*/features: run first \\(process $process on \\S+\\) is writing to it; " +
            "wait for its end, or, if it is dead, for 60 seconds \\(output.lease-seconds\\)"
        )
      )
    }
  }

  test("a lease that was given back is free") {
    TempFolder.use { folder =>
      val first = lease(folder, "first")
      first.acquire()
      first.giveBack()
      lease(folder, "second").acquire()
    }
  }

  test("a lease that was not renewed in time is taken over; its holder is told") {
    TempFolder.use { folder =>
      val first = lease(folder, "first")
      first.acquire()
      lease(folder, "second", later(minute.minusSeconds(5)))
      intercept[OutputBusyException](
        lease(folder, "second", later(minute.minusSeconds(5))).acquire()
      )
      lease(folder, "third", later(minute.plusSeconds(1))).acquire()
      val lost = intercept[OutputBusyException](first.require())
      assert(lost.getMessage.contains("run third"))
      assert(lost.getMessage.endsWith("(output.lease-seconds); start it again"))
      first.giveBack()
      assert(Files.readString(file(folder)).contains("third"), "it gives back only its own")
    }
  }

  test("the lease of a process that is gone is taken over at once") {
    TempFolder.use { folder =>
      JavaProcess.start("layertap.publish.DyingHolder", Seq(), folder.toString).finish()
      assert(Files.readString(file(folder)).contains("gone"))
      lease(folder, "next").acquire()
    }
  }

  test("a process on another machine counts as alive while its lease lasts") {
    TempFolder.use { folder =>
      val now = Instant.now
      val other = new LeaseHolder("far", "elsewhere", 1, 1, now.toEpochMilli, 60)
      new CrashingStore().write(file(folder).toString, other.toJson)
      intercept[OutputBusyException](lease(folder, "next").acquire())
      lease(folder, "next", later(Duration.ofSeconds(61))).acquire()
    }
  }

  test("a number that another process has by now is no sign of life") {
    val mine = LeaseHolder.ofThisProcess("run", Instant.now, minute)
    assert(!mine.isDead(Instant.now))
    val reused = new LeaseHolder("run", mine.machine, mine.process, 1, mine.renewed, 60)
    assert(reused.isDead(Instant.now))
  }

  test("a lease is renewed while it is held") {
    TempFolder.use { folder =>
      val held = lease(folder, "first", duration = Duration.ofMillis(400))
      held.acquire()
      val before = Files.readString(file(folder))
      eventually(timeout(20.seconds), interval(50.millis))(
        assert(Files.readString(file(folder)) !== before)
      )
      held.close()
    }
  }

  test("what cannot be read is no lease") {
    TempFolder.use { folder =>
      new CrashingStore().write(file(folder).toString, "{")
      lease(folder, "next").acquire()
    }
  }
}

/** Takes a lease and dies. */
object DyingHolder {
  def main(arguments: Array[String]): Unit = {
    val places = new OutputPlaces(arguments(0) + "/features", "gone")
    new Lease(new CrashingStore, places, Duration.ofSeconds(60), Clock.systemUTC).acquire()
    Runtime.getRuntime.halt(1)
  }
}

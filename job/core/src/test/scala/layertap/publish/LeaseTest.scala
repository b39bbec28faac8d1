package layertap.publish

import layertap.failure.OutputBusyException
import java.nio.file.{Files, Path}
import java.time.{Clock, Duration, Instant, ZoneOffset}
import java.util.concurrent.Executors
import layertap.testing.JavaProcess
import layertap.testing.TempFolder
import org.scalatest.concurrent.Eventually.{eventually, interval, timeout}
import org.scalatest.funsuite.AnyFunSuite
import org.scalatest.time.SpanSugar._
import scala.jdk.CollectionConverters._
import scala.util.Try

class LeaseTest extends AnyFunSuite {
  private val minute = Duration.ofSeconds(60)

  private def later(duration: Duration): Clock = Clock.offset(Clock.systemUTC, duration)

  private def lease(
      folder: Path,
      runId: String,
      clock: Clock = Clock.systemUTC,
      duration: Duration = minute,
      store: OutputStore = new CrashingStore
  ): Lease =
    new Lease(store, new OutputPlaces(s"$folder/features", runId), duration, clock)

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
      assert(!Files.exists(file(folder)))
      lease(folder, "second").acquire()
      assert(Files.readString(file(folder)).contains("\"second\""))
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
      write(folder, elsewhere(now))
      intercept[OutputBusyException](lease(folder, "next", at(now)).acquire())
      lease(folder, "next", at(now.plusSeconds(2))).acquire()
    }
  }

  private def at(instant: Instant): Clock = Clock.fixed(instant, ZoneOffset.UTC)

  /** A holder whose lease lasts a second. */
  private def elsewhere(renewed: Instant): LeaseHolder =
    new LeaseHolder("far", "elsewhere", 1, 1, renewed.toEpochMilli, 1)

  private def write(folder: Path, holder: LeaseHolder): Unit =
    new CrashingStore().write(file(folder).toString, RecordJson.write(holder))

  Seq(-1000, 1000).foreach { hours =>
    test(s"a clock that is $hours hours off, on another machine: who renews is alive") {
      TempFolder.use { folder =>
        val now = Instant.now
        val renewed = now.plusSeconds(3600L * hours)
        write(folder, elsewhere(renewed))
        val store = new HookedStore(
          new CrashingStore,
          // Right after it was read for the first time, it is renewed.
          (reads, path) =>
            if (reads == 1 && path.endsWith("lease"))
              write(folder, elsewhere(renewed.plusMillis(250)))
        )
        val busy =
          intercept[OutputBusyException](lease(folder, "next", at(now), store = store).acquire())
        assert(busy.getMessage.contains("run far"))
        lease(folder, "next", at(now)).acquire()
        assert(Files.readString(file(folder)).contains("next"))
      }
    }
  }

  test("of those who find the same dead holder, one takes its place") {
    TempFolder.use { folder =>
      write(folder, LeaseHolder.ofThisProcess("dead", Instant.EPOCH, minute))
      val fast = lease(folder, "fast")
      val store = new HookedStore(
        new CrashingStore,
        (reads, path) => if (reads == 1 && path.endsWith("lease")) fast.acquire()
      )
      requireOvertaken(folder, store, fast)
    }
  }

  /** Asks for the lease on a storage on which another run takes it meanwhile. */
  private def requireOvertaken(folder: Path, store: OutputStore, fast: Lease): Unit = {
    val busy = intercept[OutputBusyException](lease(folder, "slow", store = store).acquire())
    assert(busy.getMessage.contains("another run, which started at the same moment, is writing"))
    fast.require()
    assert(names(folder) === Set("lease"))
  }

  test("a lease that is given back while two ask for it: one has it") {
    TempFolder.use { folder =>
      val (first, fast) = (lease(folder, "first"), lease(folder, "fast"))
      first.acquire()
      val store = new HookedStore(
        new CrashingStore,
        (reads, _) => if (reads == 2) fast.acquire(),
        afterChange = before => if (before == 0) first.giveBack()
      )
      requireOvertaken(folder, store, fast)
    }
  }

  private def names(folder: Path): Set[String] = {
    val stream = Files.list(file(folder).getParent)
    try stream.iterator.asScala.map(_.getFileName.toString).toSet
    finally stream.close()
  }

  test("many at once: one has it") {
    TempFolder.use { folder =>
      write(folder, LeaseHolder.ofThisProcess("dead", Instant.EPOCH, minute))
      val leases = (0 until 16).map(number => lease(folder, s"run$number"))
      val threads = Executors.newFixedThreadPool(16)
      try {
        val taken =
          leases.map(lease => threads.submit[Boolean](() => Try(lease.acquire()).isSuccess))
        assert(taken.map(_.get).count(identity) === 1)
        assert(leases.count(_.isHeld) === 1)
      } finally threads.shutdown()
    }
  }

  test("who died while it took a lease over is in nobody's way") {
    TempFolder.use { folder =>
      val dead = LeaseHolder.ofThisProcess("dead", Instant.EPOCH, minute)
      write(folder, dead)
      new CrashingStore().write(s"${file(folder)}-next", RecordJson.write(dead))
      lease(folder, "next").acquire()
      assert(names(folder) === Set("lease"))
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
    Seq("{", "", "null", "{}").foreach { text =>
      TempFolder.use { folder =>
        new CrashingStore().write(file(folder).toString, text)
        lease(folder, "next").acquire()
      }
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

package layertap.extract

import java.time.Duration
import java.util.concurrent.{Callable, CountDownLatch, ExecutorService, Executors, TimeUnit}
import java.util.concurrent.atomic.{AtomicBoolean, AtomicInteger}
import layertap.extract.FakeSessionTest.{extract, sums}
import layertap.process.ProcessState
import layertap.testing.FakeSessions
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Random

class SessionPoolTest extends AnyFunSuite {
  private val long = Duration.ofHours(1)

  private def open(sessions: FakeSessions): FeatureExtractor =
    FakeSessions.open(FakeSessions.plan(4), sessions)

  private def inThreads[A](count: Int)(work: Int => A): Seq[A] = {
    val threads: ExecutorService = Executors.newFixedThreadPool(count)
    val tasks = (0 until count).map[Callable[A]](i => () => work(i))
    try threads.invokeAll(tasks.asJava).asScala.toSeq.map(_.get(1, TimeUnit.MINUTES))
    finally threads.shutdownNow()
  }

  private def await(isTrue: => Boolean): Unit = {
    val end = System.nanoTime + TimeUnit.MINUTES.toNanos(1)
    while (!isTrue && System.nanoTime < end) Thread.sleep(5)
    assert(isTrue)
  }

  test("many at once open one session, and one of them counts it") {
    val pool = new SessionPool(1, long)
    val sessions = new FakeSessions
    val leases = inThreads(16)(_ => pool.lease("plan", "run", () => open(sessions)))
    assert(sessions.openings === 1)
    assert(leases.map(_.extractor).distinct.size === 1)
    assert(leases.count(_.isNew) === 1)
    assert(pool.inUse === 1)
    leases.foreach(_.close())
    assert(pool.inUse === 0 && sessions.openNow === 1)
  }

  test("a session that a thread is stuck in is never closed, and others use it on") {
    val pool = new SessionPool(0, Duration.ZERO)
    val sessions = new FakeSessions
    val stuck = pool.lease("plan", "run", () => open(sessions))
    stuck.abandon()
    stuck.close()
    val next = pool.lease("plan", "run", () => open(sessions))
    assert(next.extractor eq stuck.extractor)
    next.close()
    pool.closeIdle()
    assert(pool.inUse === 1 && sessions.openings === 1 && sessions.openNow === 1)
  }

  test("16 threads with 20 plans: none is closed while it is used, and few stay open") {
    val pool = new SessionPool(2, long)
    val sessions = new FakeSessions
    (1 to 3).foreach { round =>
      val right = inThreads(16) { thread =>
        val random = new Random(100 * round + thread)
        (1 to 100).forall { i =>
          val lease = pool.lease(s"plan ${random.nextInt(20)}", "run", () => open(sessions))
          try
            sums(extract(lease.extractor, Seq(Seq(i.toFloat, thread.toFloat)))) == Seq(
              (i + thread).toFloat
            )
          finally lease.close()
        }
      }
      assert(right.forall(_ == true))
      assert(pool.inUse === 0)
      assert(sessions.openNow <= 2, s"after round $round")
    }
    assert(sessions.openings > 20)
    pool.closeIdle()
    assert(sessions.openNow === 0)
  }

  test("beyond the most that may be idle, the one idle for longest is closed") {
    val pool = new SessionPool(2, long)
    val Seq(a, b, c) = Seq.fill(3)(new FakeSessions)
    val leases = Seq("a" -> a, "b" -> b, "c" -> c).map { case (key, sessions) =>
      pool.lease(key, "run", () => open(sessions))
    }
    leases.foreach(_.close())
    assert(Seq(a, b, c).map(_.openNow) === Seq(0, 1, 1))
    // Before another is opened, there is room for it among the idle ones.
    val d = pool.lease("d", "run", () => open(new FakeSessions))
    assert(Seq(a, b, c).map(_.openNow) === Seq(0, 0, 1))
    assert(!pool.lease("c", "other run", () => open(c)).isNew)
    assert(c.openings === 1)
    d.close()
  }

  test("a session that is idle for long is closed; a leased one is not") {
    val pool = new SessionPool(2, Duration.ofMillis(50))
    val Seq(idle, leased) = Seq.fill(2)(new FakeSessions)
    val kept = pool.lease("leased", "run", () => open(leased))
    pool.lease("leased", "run", () => open(leased)).close()
    pool.lease("idle", "run", () => open(idle)).close()
    await(idle.openNow == 0)
    assert(leased.openNow === 1)
    assert(sums(extract(kept.extractor, Seq(Seq(1f, 2f)))) === Seq(3f))
    kept.close()
    await(leased.openNow == 0)
  }

  test("a lease that is closed twice is given back once") {
    val pool = new SessionPool(0, long)
    val sessions = new FakeSessions
    val Seq(one, other) = Seq.fill(2)(pool.lease("plan", "run", () => open(sessions)))
    one.close()
    one.close()
    assert(sessions.openNow === 1)
    other.close()
    assert(sessions.openNow === 0)
  }

  test("all who wait for a session that fails to open are told; the next call opens it again") {
    val pool = new SessionPool(1, long)
    val calls = new AtomicInteger
    val isWaitedFor = new CountDownLatch(1)
    def fail(): FeatureExtractor = {
      calls.incrementAndGet()
      isWaitedFor.await()
      throw new IllegalStateException("no storage")
    }
    val messages = inThreads(4) { i =>
      if (i == 3) {
        await(pool.inUse == 1)
        isWaitedFor.countDown()
        "no storage"
      } else
        try pool.lease("plan", "run", () => fail()).toString
        catch { case e: IllegalStateException => e.getMessage }
    }
    assert(messages === Seq.fill(4)("no storage"))
    assert(pool.inUse === 0)
    val sessions = new FakeSessions
    assert(pool.lease("plan", "run", () => open(sessions)).isNew)
    assert(sessions.openings === 1)
  }

  test("errors reach those who wait as they are") {
    val pool = new SessionPool(1, long)
    val failure = intercept[NoSuchMethodError](
      pool.lease("plan", "run", () => throw new NoSuchMethodError("of another version"))
    )
    assert(failure.getMessage === "of another version")
  }

  test("who is interrupted while waiting holds no lease, and the session is opened all the same") {
    val pool = new SessionPool(1, long)
    val sessions = new FakeSessions
    val mayOpen = new CountDownLatch(1)
    val interrupted = new CountDownLatch(1)
    val waiting = new Thread(() =>
      try
        pool.lease(
          "plan",
          "run",
          () => {
            mayOpen.await()
            open(sessions)
          }
        )
      catch { case _: InterruptedException => interrupted.countDown() }
    )
    waiting.start()
    await(pool.inUse == 1)
    waiting.interrupt()
    assert(interrupted.await(1, TimeUnit.MINUTES))
    assert(pool.inUse === 0)
    mayOpen.countDown()
    val lease = pool.lease("plan", "run", () => open(new FakeSessions))
    assert(lease.isNew && sessions.openings === 1)
    lease.close()
    assert(sessions.openNow === 1)
  }

  test("the run for which a session was opened counts it once, and again if the count is dropped") {
    val pool = new SessionPool(1, long)
    val sessions = new FakeSessions
    def lease(run: String) = pool.lease("plan", run, () => open(sessions))
    val first = lease("one")
    assert(first.isNew && !lease("one").isNew && !lease("two").isNew)
    first.forgetCount()
    val second = lease("two")
    second.forgetCount()
    assert(!second.isNew && lease("one").isNew && !lease("one").isNew)
    assert(sessions.openings === 1)
  }

  test("when memory is short, idle sessions go: before another is opened, and after a while") {
    val isShort = new AtomicBoolean
    val pool = new SessionPool(5, long, new MemoryWatch(() => isShort.get, Duration.ofMillis(20)))
    val Seq(used, idle, other, last) = Seq.fill(4)(new FakeSessions)
    val kept = pool.lease("used", "run", () => open(used))
    pool.lease("idle", "run", () => open(idle)).close()
    assert(idle.openNow === 1)
    isShort.set(true)
    // That one is open says nothing about memory for others.
    pool.lease("used", "run", () => open(used)).close()
    pool.lease("other", "run", () => open(other)).close()
    assert(idle.openNow === 0)
    await(other.openNow == 0)
    assert(used.openNow === 1 && pool.size === 1)
    isShort.set(false)
    pool.lease("last", "run", () => open(last)).close()
    Thread.sleep(100)
    assert(last.openNow === 1)
    isShort.set(true)
    await(last.openNow == 0)
    assert(sums(extract(kept.extractor, Seq(Seq(1f, 2f)))) === Seq(3f))
    kept.close()
    await(used.openNow == 0)
  }

  test("a session that finds no memory is opened once more, after the idle ones went") {
    val pool = new SessionPool(5, long)
    val (idle, sessions) = (new FakeSessions, new FakeSessions)
    pool.lease("idle", "run", () => open(idle)).close()
    val lease = pool.lease(
      "plan",
      "run",
      () => if (idle.openNow > 0) throw new OutOfMemoryError("no room") else open(sessions)
    )
    assert(sessions.openNow === 1 && idle.openNow === 0)
    lease.close()
    intercept[OutOfMemoryError](
      pool.lease("large", "run", () => throw new OutOfMemoryError("too large"))
    )
    assert(pool.inUse === 0)
  }

  test("limits hold from the moment they are set") {
    val pool = new SessionPool(3, long)
    val sessions = Seq.fill(3)(new FakeSessions)
    sessions.zipWithIndex.foreach { case (of, i) =>
      pool.lease(s"$i", "run", () => open(of)).close()
    }
    assert(pool.size === 3)
    pool.limit(1, Duration.ofMillis(20))
    pool.lease("2", "run", () => open(sessions(2))).close()
    assert(sessions.map(_.openNow).take(2) === Seq(0, 0))
    await(pool.size == 0)
  }

  test("a JVM has one pool; a state of its own has another") {
    val own = new ProcessState().get(classOf[SessionPool], () => new SessionPool)
    assert(SessionPool.ofThisJvm eq SessionPool.ofThisJvm)
    assert(own ne SessionPool.ofThisJvm)
  }
}

package layertap.extract.serving

import java.time.Duration
import java.util.concurrent.{CountDownLatch, ExecutionException, Executors, Future}
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger
import java.util.{List => JavaList, Map => JavaMap}
import layertap.config.JobConfig.OnInvalid
import layertap.extract.RowFeatures
import layertap.inference.TimeLimit
import layertap.plan.ExtractionPlan
import layertap.plan.ExtractionPlan.BatchRule
import layertap.testing.FakeSessions
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** How the rows of concurrent callers go through a model together. */
class CallerBatchesTest extends AnyFunSuite {

  /** A model that stands still until it is told to go on; it repeats the texts that it is texts. */
  private final class Model(isOpen: Boolean = true) {
    private val gate = new CountDownLatch(1)
    private var seen = Seq[Seq[String]]()
    if (isOpen) gate.countDown()

    def go(): Unit = gate.countDown()

    def batches: Seq[Seq[String]] = synchronized(seen)

    def apply(rows: JavaList[Array[AnyRef]]): JavaList[RowFeatures] = {
      val texts = rows.asScala.toSeq.map(_.head.toString)
      synchronized { seen = seen :+ texts }
      assert(!Thread.currentThread.isInterrupted)
      assert(gate.await(60, SECONDS))
      if (texts.contains("poison")) throw new IllegalArgumentException(s"of ${texts.size}")
      if (texts.contains("fatal")) throw new LinkageError("fatal")
      rows.asScala.map(row => RowFeatures.invalid(row.head.toString)).asJava
    }
  }

  private def line(model: Model, size: Int, atOnce: Int = 1, wait: Duration = Duration.ZERO) =
    new CallerBatches((rows, _) => model(rows), size, atOnce, wait)

  private def rows(texts: String*): JavaList[Array[AnyRef]] =
    texts.map(text => Array[AnyRef](text)).asJava

  private def texts(results: JavaList[RowFeatures]): Seq[String] =
    results.asScala.toSeq.map(_.error)

  private final class Callers {
    private val threads = Executors.newCachedThreadPool()

    def call(batches: CallerBatches, words: String*): Future[Seq[String]] =
      threads.submit(() => texts(batches.run(rows(words: _*), true)))

    /** One caller, a row after the other. */
    def calls(batches: CallerBatches, words: Seq[String]): Future[Seq[String]] =
      threads.submit(() => words.flatMap(word => texts(batches.run(rows(word), false))))

    def close(): Unit = threads.shutdownNow(): Unit
  }

  private def use(body: Callers => Unit): Unit = {
    val callers = new Callers
    try body(callers)
    finally callers.close()
  }

  private def waitFor(condition: => Boolean): Unit = {
    val end = System.nanoTime + SECONDS.toNanos(60)
    while (!condition) {
      assert(System.nanoTime < end, "waited for too long")
      Thread.sleep(1)
    }
  }

  private def get[A](future: Future[A]): A = future.get(60, SECONDS)

  private val forever = Duration.ofHours(1)

  test("a row alone goes at once if nobody is to be waited for") {
    val model = new Model()
    val batches = line(model, 8)
    assert(texts(batches.run(rows("a"), false)) === Seq("a"))
    assert(texts(batches.run(rows("b"), false)) === Seq("b"))
    assert(model.batches === Seq(Seq("a"), Seq("b")))
  }

  test("rows that come while the model is busy go together, in the order of their callers") {
    use { callers =>
      val model = new Model(isOpen = false)
      val batches = line(model, 4)
      val first = callers.call(batches, "0")
      waitFor(model.batches.size == 1)
      val others = (1 to 5).map { i =>
        val call = callers.call(batches, s"$i")
        waitFor(batches.waitingRows == i)
        call
      }
      model.go()
      assert((first +: others).map(get) === (0 to 5).map(i => Seq(s"$i")))
      assert(model.batches === Seq(Seq("0"), Seq("1", "2", "3", "4"), Seq("5")))
    }
  }

  test("with a wait the first goes when a batch is full") {
    use { callers =>
      val model = new Model()
      val batches = line(model, 3, wait = forever)
      val first = callers.call(batches, "a")
      waitFor(batches.waitingRows == 1)
      val second = callers.call(batches, "b")
      waitFor(batches.waitingRows == 2)
      assert(model.batches === Seq())
      val third = callers.call(batches, "c")
      assert(Seq(first, second, third).map(get) === Seq(Seq("a"), Seq("b"), Seq("c")))
      assert(model.batches === Seq(Seq("a", "b", "c")))
    }
  }

  test("the model is told whether a list of rows is in a batch") {
    use { callers =>
      val model = new Model(isOpen = false)
      var told = Seq[(Int, Boolean)]()
      val batches = new CallerBatches(
        (rows, isOfList) => {
          model.synchronized { told = told :+ (rows.size -> isOfList) }
          model(rows)
        },
        2,
        1,
        Duration.ZERO
      )
      val calls = Seq(
        () => callers.calls(batches, Seq("a")),
        () => callers.calls(batches, Seq("b")),
        () => callers.calls(batches, Seq("c")),
        () => callers.calls(batches, Seq("d")),
        () => callers.call(batches, "e"),
        () => callers.call(batches, "f")
      )
      val answers = calls.zipWithIndex.map { case (call, i) =>
        val answer = call()
        waitFor(model.batches.nonEmpty && batches.waitingRows == i)
        answer
      }
      model.go()
      answers.foreach(get)
      assert(told === Seq(1 -> false, 2 -> false, 2 -> true, 1 -> true))
    }
  }

  test("a wait that is over ends without a full batch") {
    val model = new Model()
    assert(texts(line(model, 3, wait = Duration.ofMillis(20)).run(rows("a"), false)) === Seq("a"))
    assert(model.batches === Seq(Seq("a")))
  }

  test("rows of one call stay together: one of more rows than a batch goes alone") {
    use { callers =>
      val model = new Model(isOpen = false)
      val batches = line(model, 3)
      val calls = Seq(Seq("0"), Seq("a", "b"), Seq("c", "d"), Seq("e", "f", "g", "h"), Seq("i"))
      val answers = calls.zipWithIndex.map { case (words, i) =>
        val call = callers.call(batches, words: _*)
        val waiting = calls.slice(1, i + 1).map(_.size).sum
        waitFor(model.batches.nonEmpty && batches.waitingRows == waiting)
        call
      }
      model.go()
      assert(answers.map(get) === calls)
      assert(model.batches === calls)
    }
  }

  test("so many batches run at once, and no more") {
    use { callers =>
      val model = new Model(isOpen = false)
      val batches = line(model, 1, atOnce = 2)
      val calls = (0 until 4).map { i =>
        val call = callers.call(batches, s"$i")
        waitFor(
          model.batches.size == math.min(2, i + 1) && batches.waitingRows == math.max(0, i - 1)
        )
        call
      }
      assert(model.batches.size === 2)
      model.go()
      assert(calls.map(get).flatten === Seq("0", "1", "2", "3"))
    }
  }

  test("what fails for one caller's rows does not fail for those of others") {
    use { callers =>
      val model = new Model(isOpen = false)
      val batches = line(model, 8)
      val calls = Seq("0", "a", "poison", "b").zipWithIndex.map { case (word, i) =>
        val call = callers.call(batches, word)
        waitFor(model.batches.size == 1 && batches.waitingRows == i)
        call
      }
      model.go()
      assert(get(calls(0)) === Seq("0"))
      assert(get(calls(1)) === Seq("a"))
      assert(get(calls(3)) === Seq("b"))
      val failure = intercept[ExecutionException](get(calls(2)))
      assert(failure.getCause.getMessage === "of 1")
      assert(get(callers.call(batches, "later")) === Seq("later"))
    }
  }

  test("an error reaches everybody whose rows were under way, and the next ones run") {
    use { callers =>
      val batches = line(new Model(), 2, wait = forever)
      val first = callers.call(batches, "fatal")
      waitFor(batches.waitingRows == 1)
      val second = callers.call(batches, "a")
      Seq(first, second).foreach { call =>
        assert(intercept[ExecutionException](get(call)).getCause.getMessage === "fatal")
      }
      assert(get(callers.call(batches, "b", "c")) === Seq("b", "c"))
    }
  }

  test("an interrupted caller gets its answer, and stays interrupted") {
    // Often, since it may be woken for other rows at the same moment.
    (1 to 200).foreach { _ =>
      val model = new Model()
      val batches = line(model, 2, wait = forever)
      val answer = new java.util.concurrent.CompletableFuture[(Seq[String], Boolean)]
      val caller = new Thread(() => {
        // Also one that is interrupted before it calls.
        Thread.currentThread.interrupt()
        assert(texts(line(model, 1).run(rows("early"), false)) === Seq("early"))
        assert(Thread.interrupted())
        val found = texts(batches.run(rows("a"), false))
        answer.complete((found, Thread.currentThread.isInterrupted))
      })
      caller.start()
      waitFor(batches.waitingRows == 1)
      caller.interrupt()
      use(callers => assert(get(callers.call(batches, "b")) === Seq("b")))
      assert(get(answer) === ((Seq("a"), true)))
    }
  }

  test("close waits for the rows that are here, those that wait for others too, and refuses more") {
    use { callers =>
      val model = new Model(isOpen = false)
      val batches = line(model, 8, wait = forever)
      val waits = callers.call(batches, "a")
      waitFor(batches.waitingRows == 1)
      val closed = new AtomicInteger
      val closing = new Thread(() => { batches.close(); closed.incrementAndGet(): Unit })
      closing.start()
      waitFor(model.batches.size == 1)
      val refused = intercept[IllegalStateException](batches.run(rows("b"), false))
      assert(
        refused.getMessage === "cannot extract rows: the extractor was closed; open another one"
      )
      assert(closed.get === 0)
      model.go()
      assert(get(waits) === Seq("a"))
      closing.join(60000)
      assert(closed.get === 1)
      batches.close()
    }
  }

  test("many callers with rows of their own each get their own back") {
    use { callers =>
      val batches = line(new Model(), 5, atOnce = 3, wait = Duration.ofNanos(100000))
      val calls = (0 until 16).map { caller =>
        val words = (0 until 200).map(i => s"$caller/$i")
        words -> callers.calls(batches, words)
      }
      calls.foreach { case (words, answers) => assert(get(answers) === words) }
    }
  }

  test("an extractor takes 8 rows at once where tasks would try several sizes") {
    val sessions = new FakeSessions
    val fixed = FakeSessions.plan(8)
    val automatic = new ExtractionPlan(
      fixed.model,
      fixed.feeds,
      fixed.features,
      fixed.lengths,
      fixed.batchSize,
      BatchRule.AUTO,
      false,
      fixed.precision
    )
    assert(automatic.triesBatchSizes)
    val engine = FakeSessions.open(automatic, sessions)
    Using.resource(
      new ServingExtractor(
        engine,
        true /* as in jobs */,
        OnInvalid.ERROR,
        TimeLimit.NONE,
        1,
        Duration.ZERO
      )
    ) { extractor =>
      val rows = (0 until 400).map(i => JavaMap.of("x", Array(i.toFloat, 1f)))
      val sums = extractor.extract(rows.asJava).asScala.map(_.feature("sum").floats.head)
      assert(sums === (1 to 400).map(_.toFloat))
    }
    assert(sessions.batches === Seq.fill(50)(8))
  }
}

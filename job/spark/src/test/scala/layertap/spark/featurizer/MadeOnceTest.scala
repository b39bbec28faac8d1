package layertap.spark.featurizer

import java.io.IOException
import java.util.concurrent.{
  CompletableFuture,
  CompletionException,
  CountDownLatch,
  ExecutionException,
  TimeUnit
}
import java.util.concurrent.atomic.AtomicInteger
import org.scalatest.funsuite.AnyFunSuite

/** What several callers wait for, and one of them makes. */
class MadeOnceTest extends AnyFunSuite {
  private def inThread(work: => String): (Thread, CompletableFuture[String]) = {
    val result = new CompletableFuture[String]
    val thread = new Thread(() =>
      try result.complete(work)
      catch { case e: Throwable => result.completeExceptionally(e) }
    )
    thread.start()
    (thread, result)
  }

  private def failure(result: CompletableFuture[String]): String =
    intercept[ExecutionException](result.get(1, TimeUnit.MINUTES)).getCause.getMessage

  /** A thread that makes a value for as long as it is let, and one that waits for it. */
  private def waiting(made: MadeOnce[String, String], makes: AtomicInteger, end: CountDownLatch) = {
    val begun = new CountDownLatch(1)
    def value(name: String): String = {
      makes.incrementAndGet()
      begun.countDown()
      try end.await()
      catch {
        case e: InterruptedException =>
          Thread.currentThread.interrupt()
          throw new IllegalStateException(s"$name was interrupted", e)
      }
      if (name == "refused") throw new IllegalStateException("the model is damaged")
      name
    }
    (
        (name: String) => {
          val first = inThread(made.get("key", () => value(name)))
          begun.await()
          val second = inThread(made.get("key", () => value("second")))
          while (second._1.getState != Thread.State.WAITING) Thread.sleep(5)
          (first, second)
        }
    )
  }

  test("one makes it, others get it; a failure is that of all who wait") {
    val (makes, end) = (new AtomicInteger, new CountDownLatch(1))
    val made = new MadeOnce[String, String](2)
    val (first, second) = waiting(made, makes, end)("first")
    end.countDown()
    assert(first._2.get(1, TimeUnit.MINUTES) === "first")
    assert(second._2.get(1, TimeUnit.MINUTES) === "first")
    assert(makes.get === 1)
    val stop = new CountDownLatch(1)
    val (one, other) = waiting(new MadeOnce[String, String](2), makes, stop)("refused")
    stop.countDown()
    assert(failure(one._2) === "the model is damaged" && failure(other._2) === failure(one._2))
  }

  test("the failure of one who is interrupted is that of all who wait: the work itself was not") {
    val (makes, end) = (new AtomicInteger, new CountDownLatch(1))
    val (first, second) = waiting(new MadeOnce[String, String](2), makes, end)("first")
    first._1.interrupt()
    assert(failure(first._2) === "first was interrupted")
    assert(failure(second._2) === "first was interrupted")
    assert(makes.get === 1)
  }

  test("what making it threw is thrown as it is, checked exceptions too") {
    val made = new MadeOnce[String, String](2)
    Seq(new IOException("no disk"), new CompletionException("inner", null)).foreach { thrown =>
      assert(intercept[Exception](made.get("key", () => throw thrown)) eq thrown)
    }
    assert(made.get("key", () => "mended") === "mended")
  }
}

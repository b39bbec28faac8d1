package layertap.process

import java.io.IOException
import java.util.concurrent.CompletionException
import org.scalatest.funsuite.AnyFunSuite

/** Work that is done in another thread while its caller waits. */
class DaemonThreadTest extends AnyFunSuite {
  test("what the work gives is given, what it throws is thrown as it is") {
    val thread = DaemonThread.call("work", () => Thread.currentThread)
    assert(thread.getName === "work" && thread.isDaemon)
    Seq(
      new IllegalStateException("unchecked"),
      new IOException("checked, which Scala does not declare"),
      new CompletionException("of the work", new IllegalStateException("inside")),
      new StackOverflowError("error")
    ).foreach { thrown =>
      assert(intercept[Throwable](DaemonThread.call("work", () => throw thrown)) eq thrown)
    }
  }

  test("an interrupt of the caller waits for the end of the work") {
    Thread.currentThread.interrupt()
    assert(DaemonThread.call("work", () => "done") === "done")
    assert(Thread.interrupted())
  }
}

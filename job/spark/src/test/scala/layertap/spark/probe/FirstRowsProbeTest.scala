package layertap.spark.probe

import java.io.{ByteArrayOutputStream, PrintStream, UncheckedIOException}
import java.net.UnknownHostException
import java.time.Duration
import layertap.report.FirstRows
import org.apache.spark.SparkException
import org.scalatest.funsuite.AnyFunSuite

class FirstRowsProbeTest extends AnyFunSuite {
  test("a job that is done does not wait for a look at its first rows that hangs") {
    val log = new ByteArrayOutputStream
    val probe = FirstRowsProbe.unanswered().tellTo(new PrintStream(log, true))
    assert(probe.foundWithin(Duration.ofMillis(10)) === FirstRows.NONE)
    assert(
      log.toString === "layertap: warning: cannot look at the first rows: their task is not done " +
        "0 s after all others; layertap plan --rows looks at them\n"
    )
  }

  test("a look that fails is told by what is the matter, not by the stage that failed") {
    val host = new UnknownHostException("storage.example")
    val storage = new UncheckedIOException("cannot read http://storage.example/a.jpg", host)
    val failures = Seq(
      new SparkException("Job aborted due to stage failure: Task 0 failed\n\tat x.y", storage) ->
        "cannot read http://storage.example/a.jpg: unknown host: storage.example",
      new IllegalStateException("\nno such rows\nat all") -> "no such rows"
    )
    failures.foreach { case (failure, reason) =>
      val log = new ByteArrayOutputStream
      FirstRowsProbe.failed(failure).tellTo(new PrintStream(log, true))
      assert(log.toString === s"layertap: warning: cannot look at the first rows: $reason\n")
    }
  }
}

package layertap.spark.probe

import java.io.{ByteArrayOutputStream, PrintStream}
import java.time.Duration
import layertap.report.FirstRows
import org.scalatest.funsuite.AnyFunSuite

class FirstRowsProbeTest extends AnyFunSuite {
  test("a job that is done does not wait for a look at its first rows that hangs") {
    val log = new ByteArrayOutputStream
    val probe = FirstRowsProbe.unanswered().telling(new PrintStream(log, true))
    assert(probe.foundWithin(Duration.ofMillis(10)) === FirstRows.NONE)
    assert(
      log.toString === "layertap: warning: cannot look at the first rows: their task is not done " +
        "0 s after all others; layertap plan --rows looks at them\n"
    )
  }
}

package layertap.cli

import layertap.spark.failure.ProcessEnd
import layertap.testing.{Command, JavaProcess, TempFolder}
import org.scalatest.funsuite.AnyFunSuite

/** What a command says when its process is told to end. */
class SignalTest extends AnyFunSuite {

  test("a command that fails while its JVM ends may be tried again") {
    val ending = JavaProcess.start("layertap.cli.EndingProcess", Seq(), "plan", "no-such.conf")
    val (_, output) = ending.finish()
    assert(
      output.linesIterator.toSeq === Seq(
        "layertap: exit 3: cannot go on: the process was told to end (SIGTERM or SIGINT); start it again",
        "code 3"
      )
    )
    assert(!ProcessEnd.isUnderWay)
    assert(Command.run("plan", "no-such.conf").code === 2)
  }

  test("SIGTERM during the start is never told as a fault of layertap or of the model") {
    Seq(200, 700, 1500, 3000).foreach { milliseconds =>
      TempFolder.use { folder =>
        val job = JavaProcess.layertap(
          Seq(),
          "extract",
          "conf/digits.conf",
          "--set",
          s"output.path=$folder/out"
        )
        job.awaitEnd(milliseconds)
        job.kill(isTold = true)
        val (code, output) = job.finish()
        val ends = output.linesIterator.filter(_.startsWith("layertap: exit")).toSeq
        assert(code === 143 || ends === Seq("layertap: exit 0: done"), output)
        assert(ends.forall(_.matches("layertap: exit [03]: .*")), output)
      }
    }
  }
}

package layertap.jobs.rows

import java.nio.file.Files
import layertap.testing.{Command, JobFolder}
import org.scalatest.funsuite.AnyFunSuite
import scala.concurrent.{Await, Future}
import scala.concurrent.ExecutionContext.Implicits.global
import scala.concurrent.duration.DurationInt

/** First rows of an input of which a later partition cannot be read. */
class UnreadableFirstRowsTest extends AnyFunSuite {
  test("plan --rows ends with the reason, and does not wait for rows that never come") {
    JobFolder.use { folder =>
      val in = Files.createDirectory(folder.path.resolve("in"))
      val numbers = (0 until 64).map(_ => "0.5")
      val columns = (0 until 64).map(i => s"p$i")
      Files.writeString(in.resolve("a.csv"), (1 +: numbers).mkString(",") + "\n" + " " * 50)
      Files.writeString(in.resolve("b.csv"), ("two" +: numbers).mkString(",") + "\n")
      val schema = ("id int" +: columns.map(_ + " float")).mkString(", ")
      val file = folder.write(
        s"""model.path = test-data/models/digits_keras3
           |input { format = csv, path = "$in", schema = "$schema", options.mode = FAILFAST, keep = id }
           |feeds = [{ input = pixels, columns = [${columns.mkString(
            ", "
          )}], tensor { shape = [8, 8, 1] } }]
           |features = [softmax]
           |output.path = "${folder.output}"""".stripMargin
      )
      val planned = Future(
        Command.run("plan", file.toString, "--rows", "10", "--set", "run.trial-seconds=0")
      )
      val command = Await.result(planned, 100.seconds)
      assert(command.code === 2, command.log)
      assert(
        command.message.startsWith("cannot run the job: [FAILED_READ_FILE.NO_HINT]"),
        command.log
      )
      assert(
        command.message.endsWith(
          "/in/b.csv.  SQLSTATE: KD001 For input string: \"two\"; check input"
        )
      )
    }
  }
}

package layertap.cli

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.Files
import layertap.graph.Graphs._
import layertap.jobs.Digits
import layertap.jobs.Digits.set
import layertap.testing.{Command, JavaProcess, JobFolder, TempFolder}
import layertap.testing.SavedModels.{of, port, signature}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Names in models and values in rows that would change what a terminal or a scheduler sees. */
class PrintedNamesTest extends AnyFunSuite {
  private val evil = "a\nlayertap: exit 0: done\r\u001b[2K\u009b31m\u202e"
  private val shown = "a\\nlayertap: exit 0: done\\r\\u001b[2K\\u009b31m\\u202e"

  /** A colon would begin the number of an output. */
  private val name = evil.replace(":", "")
  private val shownName = shown.replace(":", "")

  private def isHarmless(text: String): Unit = {
    val harmful = text.filter(char => Character.isISOControl(char) && char != '\n' && char != '\t')
    assert(harmful === "")
    assert(!text.contains('\u202e'))
  }

  private def inspected(arguments: String*): Command = TempFolder.use { folder =>
    val model = graph(
      placeholder("x"),
      float(s"$name/relu", "Relu", "x"),
      float("y", "Tanh", s"$name/relu")
    )
    of(model, signature(port(s"x$name", "x:0"))(port("y", "y:0"))).writeTo(folder)
    Command.run(Seq("inspect", folder.toString) ++ arguments: _*)
  }

  test("inspect prints them escaped, each layer in one line, as a configuration reads them") {
    val command = inspected("--tensors")
    assert(command.code === 0, command.log)
    isHarmless(command.out)
    assert(!command.out.linesIterator.exists(_.startsWith("layertap")))
    assert(command.out.contains(s"x$shownName  float32"))
    assert(command.out.linesIterator.exists(_.startsWith(s"       \"$shownName\"")), command.out)
    assert(command.log === "")
  }

  test("inspect --json is JSON with the names themselves") {
    val command = inspected("--json")
    isHarmless(command.out)
    val layers = new ObjectMapper().readTree(command.out).get("layers").asScala
    assert(layers.exists(_.get("selector").asText === name), command.out)
  }

  test("a message has one line, whatever name is in it") {
    val command = inspected("--layers", "nothing")
    assert(command.code === 2)
    isHarmless(command.log)
    assert(command.log.linesIterator.size === 1 && command.log.contains(shownName), command.log)
    assert(command.log.startsWith("layertap: exit 2: "))
  }

  test("nor can what the user gives, or a configuration, add a line") {
    Seq(Seq("plan", evil), Seq(evil), Seq("plan", "conf/digits.conf", "--set", s"$evil=1"))
      .foreach { arguments =>
        val command = Command.run(arguments: _*)
        assert(command.code === 2)
        isHarmless(command.log)
        assert(command.log.linesIterator.count(_.startsWith("layertap: exit")) === 1, command.log)
      }
  }

  private val named = set(
    "input.where=id < 3",
    "input.select.name=concat('a', char(10), 'layertap: exit 0: done', char(27), '[2K')",
    "input.select.pixels=if(id = 1, slice(pixels, 1, 3), pixels)",
    "input.keep=[id, name]",
    "output.key=[name, id]"
  )

  test("a row is named in one line") {
    JobFolder.use { folder =>
      val command = folder.extract(Digits.job(), named: _*)
      assert(command.code === 2, command.log)
      isHarmless(command.log)
      val ends = command.log.linesIterator.filter(_.startsWith("layertap: exit")).toSeq
      assert(
        ends.size === 1 && ends.head.startsWith(
          "layertap: exit 2: cannot extract the row name=a\\n"
        )
      )
    }
  }

  test("samples in the manifest are escaped, columns are data") {
    JobFolder.use { folder =>
      val rows = folder.extracted(Digits.job(), named ++ set("rows.on-invalid=keep"): _*)
      val sample = folder.manifest.get("invalid-samples").get(0).asText
      isHarmless(sample)
      assert(sample.contains("layertap: exit 0: done\\u001b[2K"), sample)
      isHarmless(Files.readString(folder.output.resolve("_layertap.json")))
      val name = rows.where("id = 1").head().getAs[String]("name")
      assert(name === "a\nlayertap: exit 0: done\u001b[2K")
    }
  }

  test("Spark's own log in local mode has no control characters, and no line like the last one") {
    val settings = Seq(s"-Dlog4j2.configurationFile=${JavaProcess.quietLog}")
    val (_, log) = JavaProcess.start("layertap.cli.LoggingProcess", settings).finish()
    isHarmless(log)
    val lines = log.linesIterator.filter(_.contains("layertap: exit")).toSeq
    assert(lines === Seq("  layertap: exit 0: done??z", "  layertap: exit 0: done"), log)
  }
}

package layertap.cli

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.{Files, Path}
import layertap.testing.Command
import org.scalatest.funsuite.AnyFunSuite

/** The examples of the pages on how a layer is found and on `inspect` are what it prints. */
class HowALayerIsFoundTest extends AnyFunSuite {
  private val page = Path.of("docs/how-a-layer-is-found.md")
  private val exporters = Set("keras2", "keras3-export", "keras3-saved", "module", "tf1")

  private case class Example(arguments: Seq[String], printed: String)

  private def examplesOn(page: Path): Seq[Example] =
    """(?ms)^```\n\$ layertap inspect ([^\n]+)\n(.*?)^```$""".r
      .findAllMatchIn(Files.readString(page))
      .map(found => Example(found.group(1).split(" ").toSeq, found.group(2)))
      .toSeq

  private val examples = examplesOn(page)

  (examples ++ examplesOn(Path.of("docs/inspect.md"))).foreach { example =>
    test(s"inspect ${example.arguments.mkString(" ")} prints what the page says") {
      val command = Command.run("inspect" +: example.arguments: _*)
      assert(command.code === 0, command.log)
      assert(command.out === example.printed)
    }
  }

  test("the page has an example of every exporter") {
    assert(examples.map(example => exporterOf(Path.of(example.arguments.head))).toSet === exporters)
  }

  /** As the answers that are stored beside the model tell it. */
  private def exporterOf(model: Path): String = {
    val answers = model.resolveSibling(s"${model.getFileName}.answers.json")
    new ObjectMapper().readTree(answers.toFile).get("maker").asText
  }
}

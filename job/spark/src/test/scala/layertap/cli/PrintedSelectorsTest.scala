package layertap.cli

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import layertap.testing.Command
import layertap.testing.JobFolder
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Plans jobs of all that `inspect` prints; one of the long suites. */
class PrintedSelectorsTest extends AnyFunSuite {
  private def inspect(model: String): JsonNode = {
    val arguments = Seq("inspect", s"test-data/models/$model", "--tensors", "--json")
    val command = Command.run(arguments: _*)
    assert(command.code === 0, command.log)
    new ObjectMapper().readTree(command.out)
  }

  TestData.models.foreach { model =>
    test(s"$model: every selector and tensor that is printed works in a configuration") {
      val inspected = inspect(model)
      val layers = inspected.get("layers").asScala.filterNot(_.get("tensor").isNull).toSeq
      val selectors = layers.flatMap { layer =>
        layer.get("selector").asText +: layer.get("states").asScala.map(_.asText).toSeq
      }.distinct
      val inputs =
        inspected.get("signatures").get("serving_default").get("inputs").fieldNames.asScala
      val feeds = inputs.map(input => s"{ input = \"$input\", column = x }").mkString(", ")
      val tensors = inspected
        .get("tensors")
        .asScala
        .map(_.get("name").asText)
        .filter(_.contains("Relu"))
        .take(5)
        .toSeq
      val features = selectors.zipWithIndex.map { case (selector, i) =>
        s"{ layer = \"$selector\", column = s$i }"
      } ++ tensors.zipWithIndex.map { case (tensor, i) =>
        s"{ graph-tensor = \"$tensor\", column = t$i }"
      }
      JobFolder.use { folder =>
        val file = folder.write(
          s"""model.path = test-data/models/$model
             |input { format = parquet, path = nowhere }
             |feeds = [$feeds]
             |features = [${features.mkString(", ")}]
             |output.path = nowhere""".stripMargin
        )
        val planned = Command.run("plan", file.toString, "--no-input")
        assert(planned.code === 0, planned.log)
        features.indices.foreach { i =>
          assert(
            planned.out.linesIterator.exists(_.startsWith(if (i < selectors.size) s"s$i " else "t"))
          )
        }
        layers.foreach { layer =>
          assert(planned.out.contains(layer.get("tensor").asText), planned.out)
        }
      }
    }
  }
}

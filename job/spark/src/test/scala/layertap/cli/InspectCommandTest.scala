package layertap.cli

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import layertap.graph.Graphs._
import layertap.testing.SavedModels.{of, port, signature}
import layertap.testing.Command
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class InspectCommandTest extends AnyFunSuite {
  private def inspect(model: String, arguments: String*): String = {
    val command = Command.run(Seq("inspect", s"test-data/models/$model") ++ arguments: _*)
    assert(command.code === 0, command.log)
    command.out
  }

  private def json(model: String, arguments: String*): JsonNode =
    new ObjectMapper().readTree(inspect(model, arguments :+ "--json": _*))

  private def texts(nodes: JsonNode, key: String): Seq[String] =
    nodes.asScala.map(_.get(key).asText).toSeq

  test("text: signatures, then a line per layer with index, class, shape, parameters") {
    val lines = inspect("cnn_functional_keras2").linesIterator.toSeq
    assert(
      lines.take(3) === Seq(
        "signature serving_default (used)",
        "  input   image  float32 (?, 28, 28, 1)",
        "  output  predictions  float32 (?, 10)"
      )
    )
    assert(lines(4) === "layers, listed by keras_metadata.pb")
    assert(
      lines(5).split(" {2,}") === Array("index", "selector", "class or op", "output", "parameters")
    )
    assert(lines(7).split(" {2,}") === Array("1", "conv1", "Conv2D", "(?, 26, 26, 8)", "80"))
    assert(lines.size === 6 + 15)
  }

  test("placeholders that are no inputs of the signature, and a graph without tags") {
    val lines = inspect("tf1_conv").linesIterator.toSeq
    assert(lines.contains("graph-tensor \"keep_scale\"  float32, has a default"))
    Seq("", " , ").foreach { tags =>
      val hub = inspect("../cases/tf1_hub/model", "--tags", tags, "--signature", "default")
      assert(hub.linesIterator.contains("signature default (used)"))
      assert(!hub.contains("graph-tensor \""))
    }
  }

  test("an export without a list of layers says so") {
    val lines = inspect("digits_keras3").linesIterator.toSeq
    assert(
      lines.contains("layers, from the graph's scopes; the export holds no list, so no indexes")
    )
  }

  test("an export that is compiled says why it has no layers") {
    val lines =
      Command.run("inspect", "test-data/odd-models/compiled_keras3").out.linesIterator.toSeq
    assert(
      lines.contains(
        "no layers: the export holds what the model computes as one compiled op (XlaCallModule), " +
          "as Keras 3 writes it with the JAX or torch backend, and nothing in it tells of layers; " +
          "export the model with Keras' TensorFlow backend, layertap does not run such ops"
      ),
      lines.mkString("\n")
    )
  }

  test("outputs that nothing tells apart have a line each") {
    val topology = "test-data/models/outputs_keras3.topology.json"
    val layers = json("outputs_keras3", "--topology", topology).get("layers").asScala
    def output(selector: String) =
      layers.find(_.get("selector").asText == selector).map(_.get("output").asText)
    assert(output("attention:0") === Some("(?, 4, 3)"))
    assert(output("attention:1") === Some("(?, 2, 4, 4)"))
    assert(output("last") === None)
    assert(output("last:2") === Some("(?, 4, 3)"))
    val untold = "outputs not told apart: outputs_1/vague_1/Sin:0, outputs_1/vague_1/mul:0"
    assert(Seq("vague:0", "vague:1").map(output) === Seq(Some(untold), Some(untold)))
  }

  test("the states of a recurrent layer are named, quoted as a configuration wants them") {
    val states = Seq("sequence", "last", "hidden", "cell").map(state => s"\"lstm:$state\"")
    val expected = s"of recurrent layers also ${states.mkString(", ")}"
    assert(inspect("lstm_keras3").linesIterator.contains(expected))
  }

  test("--layers lists the matches of a glob; one without matches is an error") {
    val layers = json("cnn_functional_keras2", "--layers", "conv*").get("layers")
    assert(texts(layers, "selector") === Seq("conv1", "conv2"))
    val model = "test-data/models/cnn_functional_keras2"
    val command = Command.run("inspect", model, "--layers", "convx*")
    assert(command.code === 2)
    val message = "cannot list the layers 'convx*': no layer has such a name; nearest: conv"
    assert(command.message.startsWith(message), command.log)
  }

  test("--tensors lists the tensors of the flat graph") {
    val tensors = json("digits_keras3", "--tensors").get("tensors").asScala
    val relu = tensors.find(_.get("name").asText.endsWith("conv1_1/Relu:0")).get
    assert(relu.get("op").asText === "Relu")
    assert(relu.get("dtype").asText === "float32")
    assert(relu.get("shape").asText === "(?, 8, 8, 16)")
    assert(!json("digits_keras3").has("tensors"))
  }

  test("a scope that only asserts has no output") {
    TempFolder.use { folder =>
      val model = graph(
        placeholder("x"),
        const("l/limit", 1),
        float("l/less", "Less", "x", "l/limit"),
        node("l/guard/assert", "Assert", "l/less", "x").having("T" -> Seq(Float32)),
        float("l/relu", "Relu", "x"),
        float("y", "Tanh", "l/relu")
      )
      of(model, signature(port("x", "x:0"))(port("y", "y:0"))).writeTo(folder)
      val lines = Command.run("inspect", folder.toString).out.linesIterator.map(_.trim).toSeq
      assert(
        lines.exists(_.matches("l/guard +Assert +no output to be told +0")),
        lines.mkString("\n")
      )
    }
  }

  test("another signature, tag set or topology that is not there") {
    def refused(arguments: String*) = {
      val command = Command.run(Seq("inspect", "test-data/models/lstm_keras3") ++ arguments: _*)
      assert(command.code === 2)
      command.message
    }
    assert(
      refused(
        "--signature",
        "x"
      ) === "cannot use the signature 'x' of test-data/models/lstm_keras3:" +
        " it has serve, serving_default; set model.signature to one of them"
    )
    assert(
      refused("--tags", "x") === "cannot use the tags [x] of test-data/models/lstm_keras3: it has" +
        " [serve]; set model.tags to one of them"
    )
    assert(
      refused(
        "--topology",
        "no.json"
      ) === "cannot read no.json: there is no such file; check the path"
    )
  }
}

package layertap.cli.inspect

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
    assert(
      lines(
        3
      ) === "preprocessing  image: no scaling seen: first layer Conv2D takes the pixels as fed"
    )
    assert(lines(5) === "layers, listed by keras_metadata.pb")
    assert(
      lines(6).split(" {2,}").mkString("|") ===
        "index|selector|class or op|output|stride|parameters|share|FLOPs|share|note"
    )
    // 2 * 26 * 26 * 8 outputs * 9 places of the filter.
    assert(
      lines(8)
        .split(" {2,}")
        .mkString("|") === "1|conv1|Conv2D|(?, 26, 26, 8)|1|80|0.4%|97.3k|17.1%"
    )
    assert(lines.size === 7 + 15 + 2)
    assert(lines.last.startsWith("total: 15 layers, "))
  }

  for (model <- Seq("owned_keras2", "owned_keras3"))
    test(s"$model: the total counts the weights that the model has beside those of its layers") {
      // Keras' count_params of the model; 3 and 8 of its own, of which 8 are not read.
      val start = "total: 2 layers, 34 parameters, 11 of them in no layer, "
      assert(inspect(model).linesIterator.toSeq.last.startsWith(start))
      assert(json(model).get("total").get("parameters").asLong === 34)
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
    assert(!lines.exists(_.startsWith("index")) && !lines.exists(_.startsWith("graph-tensor")))
  }

  test("a graph without scopes says so and lists its tensors, in JSON too") {
    val arguments = Seq("inspect", "test-data/odd-models/one_image_module")
    val lines = Command.run(arguments: _*).out.linesIterator.toSeq
    val heading = "no layers: the graph has no scopes that stand for some; name tensors with " +
      "{ graph-tensor = \"…\" }"
    assert(
      lines.slice(lines.indexOf(heading), lines.size).take(4).map(_.split(" {2,}").head) ===
        Seq(heading, "", "graph-tensor", "serving_default_png:0"),
      lines.mkString("\n")
    )
    val json = new ObjectMapper().readTree(Command.run(arguments :+ "--json": _*).out)
    assert(json.get("layers").isEmpty)
    assert(texts(json.get("tensors"), "name").contains("serving_default_png:0"))
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
    val notToldApart = "outputs not told apart: outputs_1/vague_1/Sin:0, outputs_1/vague_1/mul:0"
    assert(Seq("vague:0", "vague:1").map(output) === Seq(Some(notToldApart), Some(notToldApart)))
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

  private val mobileNet = "mobilenet_v2_keras3"

  test("--depth folds blocks, each with a selector of just its layers; otherwise all are listed") {
    val complete = inspect(mobileNet).linesIterator.toSeq
    assert(inspect(mobileNet, "--all").linesIterator.toSeq === complete)
    val folded = inspect(mobileNet, "--depth", "1").linesIterator.toSeq
    assert(folded.size < 40 && complete.size > 150)
    val block = folded.map(_.trim).find(_.startsWith("\"block_3_*\"")).get.split(" {2,}").toSeq
    assert(
      block === Seq(
        "\"block_3_*\"",
        "9 layers: 3 BatchNormalization, 2 Conv2D, 2 relu6, …",
        "(?, 12, 12, 16)",
        "8",
        "2032",
        "0.5%",
        "788k",
        "3.7%"
      )
    )
    val inside = json(mobileNet, "--layers", "block_3_*").get("layers").asScala.toSeq
    assert(inside.size === 9)
    assert(inside.map(_.get("parameters").asLong).sum === 2032)
    assert(inside.map(_.get("flops").asLong).sum / 1000 === 787)
    assert(
      folded.contains("blocks are folded: --depth N for others, --all for a line for each layer")
    )
    assert(json(mobileNet, "--depth", "1").get("layers").size === 153)
  }

  /** A chain of layers in blocks of ten. */
  private def printed(layers: Int, isTerminal: Boolean, arguments: String*): Seq[String] =
    TempFolder.use { folder =>
      val names = (0 until layers).map(i => s"block${i / 10}_part${i % 10}/relu")
      val chain = names.zip("x" +: names).map { case (name, before) => float(name, "Relu", before) }
      val model = graph(placeholder("x") +: chain :+ float("y", "Tanh", names.last): _*)
      of(model, signature(port("x", "x:0"))(port("y", "y:0"))).writeTo(folder)
      val bytes = new java.io.ByteArrayOutputStream
      val out = new java.io.PrintStream(bytes, true, "UTF-8")
      val command = new InspectCommand(out, () => isTerminal)
      assert(new picocli.CommandLine(command).execute(arguments :+ folder.toString: _*) === 0)
      bytes.toString("UTF-8").linesIterator.filter(_.contains("block")).toSeq
    }

  test(
    "on a terminal, more than 200 layers are folded; through a pipe, and with --all, they are not"
  ) {
    val folded = printed(250, isTerminal = true)
    assert(folded.count(_.contains("\"block7_*\"")) === 1)
    assert(folded.count(_.contains("10 layers: 10 relu")) === 25)
    val complete = printed(250, isTerminal = false)
    assert(complete.count(_.contains("  relu  ")) === 250)
    assert(printed(250, isTerminal = true, "--all") === complete)
    assert(printed(200, isTerminal = true) === printed(200, isTerminal = false))
  }

  test("a depth below 1 is refused") {
    val command = Command.run("inspect", "test-data/models/tf1_conv", "--depth", "0")
    assert(command.code === 2)
    assert(
      command.message === "inspect --depth takes a whole number from 1 on, not '0'; see layertap" +
        " inspect --help"
    )
  }

  test("classes are told by ops where the file is silent, and what a row costs") {
    val layers = json(mobileNet).get("layers").asScala.toSeq
    val classes = layers.map(layer => layer.get("selector").asText -> layer.get("class")).toMap
    assert(classes("bn_Conv1").asText === "BatchNormalization")
    assert(classes("block_2_add").asText === "Add")
    assert(classes("block_1_pad").asText === "ZeroPadding2D")
    assert(classes("block_1_depthwise").asText === "DepthwiseConv2D")
    val conv = layers.find(_.get("selector").asText == "Conv1").get
    assert(conv.get("kind").asText === "Conv2D")
    assert(conv.get("output").asText === "(?, 48, 48, 16)")
    assert(conv.get("shape").asScala.map(_.asInt).toSeq === Seq(-1, 48, 48, 16))
    assert(conv.get("stride").asInt === 2)
    assert(conv.get("flops").asLong === 2L * 48 * 48 * 16 * 3 * 3 * 3)
  }

  test("operations of a loop are those of one step, which the total says") {
    def total(model: String) = inspect(model).linesIterator.find(_.startsWith("total: ")).get
    // Four gates of 32 units, each of 100 features and 32 states: times 10 steps it is the layer's.
    assert(json("lstm_keras3").get("total").get("flops").asLong === 2L * 4 * 32 * (100 + 32))
    assert(total("lstm_keras3").startsWith("total: 1 layer, "))
    assert(total("lstm_keras3").endsWith("matrices, of loops at most one step"))
    assert(total("lstm_keras2").endsWith("matrices, of loops at most one step"))
    assert(total(mobileNet).endsWith("convolutions and matrices"))
  }

  test(
    "tensors of TensorFlow 1 are listed without being asked for; signatures that are alike once"
  ) {
    val tensors = json("tf1_conv").get("tensors").asScala.map(_.get("name").asText).toSeq
    assert(tensors.contains("pool1:0") && !tensors.contains("conv1/kernel:0"))
    assert(inspect("tf1_conv").linesIterator.exists(_.startsWith("pool1:0 ")))
    assert(
      inspect(mobileNet).linesIterator.count(_.startsWith("signature ")) === 1
    )
  }

  test("layers that one would try first as features are marked") {
    def notes(model: String) = json(model)
      .get("layers")
      .asScala
      .filterNot(_.get("note").isNull)
      .map(layer => layer.get("selector").asText -> layer.get("note").asText)
      .toMap
    assert(
      notes("digits_keras2") === Map(
        "conv2" -> "the last spatial map",
        "pool" -> "likely embedding: the last pooled output, what enters the classifier"
      )
    )
    assert(notes(mobileNet)("out_relu").startsWith("likely embedding once pooled: "))
    assert(inspect("digits_keras2").contains("  likely embedding: the last pooled output"))
  }

  test("what cannot be tapped says why") {
    val lines = inspect("scores_module").linesIterator.toSeq
    assert(
      lines.contains(
        "outputs not told apart: the file does not say which of these tensors is the layer's" +
          " output; tap one as { graph-tensor = \"…\" }, or name the model's topology"
      )
    )
    val moments = json("scores_module")
      .get("layers")
      .asScala
      .find(
        _.get("selector").asText == "moments"
      )
    assert(moments.get.get("reason").asText.startsWith("the file does not say"))
    assert(moments.get.get("shape").isNull)
  }

  test("--tensors lists the tensors of the flat graph") {
    val tensors = json("digits_keras3", "--tensors").get("tensors").asScala
    val relu = tensors.find(_.get("name").asText.endsWith("conv1_1/Relu:0")).get
    assert(relu.get("op").asText === "Relu")
    assert(relu.get("dtype").asText === "float32")
    assert(relu.get("shape").asScala.map(_.asInt).toSeq === Seq(-1, 8, 8, 16))
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
        lines.exists(_.matches("l/guard +Assert +nothing leaves it, cannot be tapped +0")),
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

  test("inspect has defaults, and of an option the last value counts") {
    def parsed(arguments: String*) = {
      val command = new InspectCommand(System.out)
      new picocli.CommandLine(command)
        .setOverwrittenOptionsAllowed(true)
        .parseArgs(arguments: _*)
      command
    }
    val plain = parsed("m")
    assert(
      (plain.model, plain.signature, plain.tags, plain.topology, plain.layers)
        === ("m", "serving_default", "serve", "", "")
    )
    assert(!plain.isJson && !plain.isWithTensors)
    val full = parsed("--tags=a,b", "--layers", "a*", "--json", "m", "--layers=b*", "--tensors")
    assert((full.tags, full.layers) === ("a,b", "b*"))
    assert(full.isJson && full.isWithTensors)
  }
}

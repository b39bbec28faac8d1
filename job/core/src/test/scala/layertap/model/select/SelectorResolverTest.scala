package layertap.model.select

import layertap.model.layers.keras.TopologyFile
import layertap.model.select.Selector.{GraphTensor, SignatureOutput}
import layertap.model.select.SelectorParser.{parse, parseAt, At}
import layertap.failure.UserException
import layertap.model.saved.LocalModelFiles
import layertap.model.LoadedModel
import layertap.testing.StoredAnswers
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** On stored models, see the scripts in `test-data/models`. */
class SelectorResolverTest extends AnyFunSuite {
  private lazy val keras2 = TestData.load("branches_keras2")
  private lazy val keras3 = TestData.load("branches_keras3")
  private lazy val listed = TestData.load("branches_keras3", topology("branches_keras3"))
  private lazy val recurrent = TestData.load("recurrent_keras3")
  private lazy val outputs = TestData.load("outputs_keras3", topology("outputs_keras3"))

  private def topology(model: String): Option[TopologyFile] =
    StoredAnswers.topology(TestData.model(model))

  private def resolver(model: LoadedModel) =
    new SelectorResolver(model.graph, model.layers, model.signature)

  private def taps(model: LoadedModel, text: String, at: String = "output"): Seq[Tap] =
    resolver(model).resolve(parse(text, parseAt(at))).asScala.toSeq

  private def tap(model: LoadedModel, text: String, at: String = "output"): Tap = {
    val found = taps(model, text, at)
    assert(found.size === 1)
    found.head
  }

  private def selectors(model: LoadedModel, text: String): Seq[String] =
    taps(model, text).map(_.selector)

  private def refused(model: LoadedModel, text: String, at: String = "output"): String =
    intercept[UserException](taps(model, text, at)).getMessage

  private val remedy =
    "set model.topology to the model's .keras archive or JSON, or export it with " +
      "scripts/export_savedmodel.py"

  // selector, at, tensor of the graph, full selector, column
  Seq(
    ("head", "output", "branches/head/Softmax", "head", "head"),
    (
      "encoder/hidden",
      "output",
      "branches/encoder/hidden/Relu",
      "encoder/hidden",
      "encoder_hidden"
    ),
    ("code", "output", "branches/encoder/code/BiasAdd", "encoder/code", "encoder_code"),
    ("project@1", "output", "branches/project/Relu", "project@1", "project_1"),
    ("project@0:0", "output", "branches/project/Relu_1", "project@0", "project_0"),
    ("left", "output", "serving_default_left", "left", "left"),
    ("-1", "output", "branches/head/Softmax", "head", "head"),
    ("0", "output", "serving_default_left", "left", "left"),
    ("2@1", "output", "branches/project/Relu", "project@1", "project_1"),
    ("head", "input", "branches/joined/concat", "head:input", "head_input"),
    ("head", "input:0", "branches/joined/concat", "head:input", "head_input"),
    ("-1", "pre-activation", "branches/head/BiasAdd", "head:pre-activation", "head_pre_activation"),
    ("project@1", "input", "serving_default_right", "project@1:input", "project_1_input"),
    ("joined", "input:1", "branches/decoder/hidden/Tanh", "joined:input:1", "joined_input_1")
  ).foreach { case (text, at, tensor, selector, column) =>
    test(s"$text at $at") {
      val found = tap(keras2, text, at)
      assert(found.tensor.toString === s"$tensor:0")
      assert(found.selector === selector)
      assert(found.columnName === column)
    }
  }

  test("a layer's name is that of the layer, not that of its scope in Keras 3") {
    assert(tap(keras3, "code").tensor.toString === "branches_1/encoder_1/code_1/BiasAdd:0")
    assert(refused(keras3, "code_1").startsWith("cannot find the layer 'code_1': "))
  }

  test("a name that layers of several models have") {
    Seq(keras2, keras3).foreach { model =>
      assert(
        refused(model, "hidden") === "cannot find the layer 'hidden': several layers have that " +
          "name; name one of encoder/hidden, decoder/hidden"
      )
    }
  }

  test("an unknown layer: the nearest names") {
    assert(
      refused(keras2, "heda") === "cannot find the layer 'heda': the model has no layer of that " +
        "name; nearest: head, keep, left, decoder, joined"
    )
  }

  test("a layer of which a Keras 3 export has no trace") {
    assert(
      refused(
        keras3,
        "keep"
      ) === "cannot find the layer 'keep': the model has no layer of that name; " +
        "nearest: head, decoder, joined, encoder, project; if it is a layer " +
        "without ops (InputLayer, Dropout, a linear Activation, a Lambda that hands on what it " +
        "takes), this export does not show it: tap the layer before it (the model's outputs are " +
        s"those of layers: output_0 = head), or $remedy"
    )
    assert(tap(listed, "keep").tensor === tap(listed, "joined").tensor)
  }

  test(
    "a Lambda that hands on what it takes gives that tensor, with a warning that says whose it is"
  ) {
    val folder = TestData.root.resolve("first-hour/lambdas_model")
    val lambdas = TestData.load(new LocalModelFiles(folder), None)
    def warnings(name: String) = {
      val resolver = new SelectorResolver(lambdas.graph, lambdas.layers, lambdas.signature)
      resolver.resolve(parse(name, At.OUTPUT))
      resolver.warnings.asScala.toSeq
    }
    def handedOn(name: String, other: String) =
      s"the Lambda layer '$name' hands on what it takes: its output is that of '$other'"
    assert(warnings("same") === Seq(handedOn("same", "hidden")))
    assert(warnings("also") === Seq(handedOn("also", "twice")))
    assert(warnings("twice") === Seq())
    assert(warnings("hidden") === Seq())
  }

  test("a layer that is called twice: its calls") {
    assert(
      refused(keras2, "project") === "cannot tap the layer 'project': it is called 2 times; name " +
        "one: project@0 (takes [serving_default_left:0]), project@1 (takes " +
        "[serving_default_right:0])"
    )
  }

  test("a call that there is not") {
    assert(
      refused(keras2, "project@2") ===
        "cannot tap call 2 of the layer 'project': it is called 2 times, counted from 0"
    )
    assert(
      refused(keras2, "head@1") ===
        "cannot tap call 1 of the layer 'head': it is called 1 time, counted from 0"
    )
  }

  Seq("9", "-10").foreach { index =>
    test(s"index $index of a model with nine layers") {
      assert(
        refused(keras2, index) === s"cannot find the layer with index $index: the model has 9 " +
          "layers; indexes go from 0 to 8, or from -1 to -9"
      )
    }
  }

  test("the InputLayer of a Sequential model has no index, and is in no glob") {
    val sequential = TestData.load("cnn_sequential_keras2")
    assert(tap(sequential, "0").selector === "conv1")
    assert(selectors(sequential, "*").head === "conv1")
  }

  test("an index where the export does not hold the list of layers") {
    assert(
      refused(keras3, "-1") === "cannot find the layer with index -1: this export does not hold " +
        s"the list of the model's layers; name the layer (inspect lists the names), or $remedy"
    )
    assert(tap(listed, "-1").selector === "head")
    assert(tap(listed, "-2").selector === "keep")
  }

  test("all layers of the top model, in its order, every call") {
    val top = "left right project@0 project@1 difference encoder decoder joined keep head"
    assert(selectors(keras2, "*") === top.split(" ").toSeq)
  }

  test("nested layers too") {
    assert(
      selectors(keras3, "**") === ("project@0 project@1 difference encoder encoder/hidden " +
        "encoder/code decoder decoder/hidden joined head").split(" ").toSeq
    )
  }

  // glob, selectors
  Seq(
    ("*/hidden", "encoder/hidden decoder/hidden"),
    ("e*", "encoder"),
    ("project@1", "project@1"),
    ("proj*", "project@0 project@1"),
    ("proj*@1", "project@1"),
    ("he?d", "head")
  ).foreach { case (glob, found) =>
    test(s"the glob $glob")(assert(selectors(keras2, glob) === found.split(" ").toSeq))
  }

  test("a glob that matches nothing") {
    assert(
      refused(keras2, "conv*") === "cannot find layers for 'conv*': no layer's name matches; " +
        "nearest: joined, decoder, encoder, head, keep"
    )
  }

  test("a glob takes every output that is returned") {
    assert(
      selectors(recurrent, "*") === Seq("both:0", "both:1", "both:2", "both:3", "both:4", "lstm")
    )
  }

  test("a glob leaves out what cannot be told, and says so") {
    val resolver = this.resolver(keras2)
    val found = resolver.resolve(parse("j*", parseAt("input"))).asScala
    assert(found === Seq())
    assert(resolver.warnings.asScala === Seq(refused(keras2, "joined", "input")))
  }

  test("a bare name of a nested layer, where layers of that name may be hidden") {
    val resolver = this.resolver(keras3)
    assert(resolver.resolve(parse("code", At.OUTPUT)).get(0).selector === "encoder/code")
    assert(
      resolver.warnings.asScala === Seq(
        "'code' is taken for the layer 'encoder/code': this export has no trace of layers without " +
          "ops (InputLayer, Dropout, a linear Activation), of which one may have that name as " +
          s"well; name the whole path, or $remedy"
      )
    )
  }

  Seq("encoder/code", "head").foreach { name =>
    test(s"nothing is hidden behind the whole path $name") {
      val resolver = this.resolver(keras3)
      resolver.resolve(parse(name, At.OUTPUT))
      assert(resolver.warnings.asScala === Seq())
    }
  }

  test("a bare name of a nested layer, where the list of layers is known") {
    for (model <- Seq(keras2, listed)) {
      val resolver = this.resolver(model)
      assert(resolver.resolve(parse("code", At.OUTPUT)).get(0).selector === "encoder/code")
      assert(resolver.warnings.asScala === Seq())
    }
  }

  test("inputs by number, where nothing tells their order") {
    assert(
      refused(keras3, "joined", "input:1") === "cannot tap input 1 of the layer 'joined': the " +
        "graph does not tell the order of its inputs branches_1/encoder_1/code_1/BiasAdd:0, " +
        "branches_1/decoder_1/hidden_1/Tanh:0; name one of them with { graph-tensor = … }, or " +
        "set model.topology"
    )
    assert(
      refused(
        keras3,
        "head",
        "input:0"
      ) === "cannot tap input 0 of the layer 'head': the graph shows one input, " +
        "branches_1/joined_1/concat:0, and the file does not say which of the " +
        "layer's inputs that is; set at = input for the one that it shows, or " +
        "set model.topology"
    )
    assert(tap(keras3, "head", "input").tensor.toString === "branches_1/joined_1/concat:0")
    assert(
      tap(listed, "joined", "input:1").tensor.toString === "branches_1/decoder_1/hidden_1/Tanh:0"
    )
  }

  test("several inputs, of which none is named") {
    assert(
      refused(
        keras2,
        "joined",
        "input"
      ) === "cannot tap the input of the layer 'joined': it has 2 " +
        """inputs; set at = "input:0" to "input:1", which are """ +
        "branches/encoder/code/BiasAdd:0, branches/decoder/hidden/Tanh:0"
    )
  }

  test("the second of one input") {
    assert(
      refused(listed, "head", "input:1") === "cannot tap input 1 of the layer 'head': it has 1 " +
        "input, branches_1/joined_1/concat:0; set at = input"
    )
  }

  test("an input of a layer that nothing enters") {
    assert(
      refused(keras2, "left", "input") ===
        "cannot tap the input of the layer 'left': nothing enters it; tap its output instead"
    )
  }

  test("a pre-activation of a layer without ops") {
    assert(
      refused(
        listed,
        "keep",
        "pre-activation"
      ) === "cannot tap the pre-activation of the layer 'keep': the graph does not " +
        "show which ops belong to it; use at = output, or name a tensor with { " +
        "graph-tensor = … }"
    )
  }

  test("a pre-activation where there is no activation") {
    assert(
      refused(keras2, "code", "pre-activation") === "cannot tap the pre-activation of the layer " +
        "'encoder/code': it has no activation function after its weights; use at = output, or at " +
        "= input of the activation layer that follows"
    )
  }

  // selector, tensor, column
  Seq(
    ("lstm", "lstm_1/strided_slice_3:0", "lstm"),
    ("lstm:last", "lstm_1/strided_slice_3:0", "lstm_last"),
    ("lstm:hidden", "lstm_1/while:4", "lstm_hidden"),
    ("lstm:cell", "lstm_1/while:5", "lstm_cell"),
    ("both:4", "both_1/backward_inner_1/while:5", "both_4"),
    ("forward_inner:hidden", "both_1/forward_inner_1/while:4", "both_forward_inner_hidden")
  ).foreach { case (text, tensor, column) =>
    test(s"$text of a recurrent layer") {
      val found = tap(recurrent, text)
      assert(found.tensor.toString === s"states_1/$tensor")
      assert(found.columnName === column)
      assert(found.recordings.isEmpty)
    }
  }

  test("the sequence of a layer that returns its last output needs another loop") {
    val sequence = tap(recurrent, "lstm:sequence")
    assert(sequence.recordings.asScala.map(_.loop) === Seq("states_1/lstm_1/while"))
    assert(sequence.recordings.get(0).sequence === sequence.tensor)
  }

  test("several outputs, of which none is named") {
    assert(
      refused(recurrent, "both") === "cannot tap the layer 'both': it has several outputs; name " +
        "one: both:0, both:1, both:2, both:3, both:4"
    )
  }

  test("a bare name stands for the first output, where others take no other") {
    assert(
      refused(
        outputs,
        "attention"
      ) === "cannot tap the layer 'attention': it has several outputs; " +
        "name one: attention:0, attention:1"
    )
    assert(
      refused(
        outputs,
        "last"
      ) === "cannot tap the layer 'last': it has several outputs; name one: " +
        "last:2"
    )
    assert(tap(outputs, "last:2").selector === "last:2")
    assert(tap(outputs, "norm:0").selector === "norm")
    assert(refused(outputs, "last", "pre-activation") === refused(outputs, "last"))
  }

  test("outputs of which the topology tells that there are, and nothing which tensors") {
    assert(
      refused(outputs, "vague") === "cannot tap the layer 'vague': it has several outputs; name " +
        "one: vague:2 (nothing tells which tensor is vague:0, vague:1)"
    )
    assert(
      refused(outputs, "vague:1") === "cannot tap output 1 of the layer 'vague': nothing tells " +
        "which tensor that is; name one with { graph-tensor = \"outputs_1/vague_1/Sin:0\" }: " +
        "outputs_1/vague_1/Sin:0, outputs_1/vague_1/mul:0"
    )
    val resolver = this.resolver(outputs)
    val found = resolver.resolve(parse("va*", At.OUTPUT)).asScala.map(_.selector)
    assert(found === Seq("vague:2"))
    val refusals = Seq("vague:0", "vague:1").map(refused(outputs, _))
    assert(resolver.warnings.asScala === refusals)
  }

  test("one output that leaves, where others may be returned that nobody takes") {
    val bare = TestData.load("outputs_keras3")
    assert(
      refused(
        bare,
        "last"
      ) === "cannot tap the layer 'last': 3 tensors leave it and the file does " +
        "not say which is which output; name one with { graph-tensor = " +
        "\"outputs_1/last_1/Square:0\" }: outputs_1/last_1/Square:0, outputs_1/last_1/Sin:0, " +
        "outputs_1/last_1/mul:0"
    )
    assert(tap(bare, "norm").selector === "norm")
  }

  test("one output that leaves, where a layer inside gives another that nobody takes") {
    val blocks = TestData.load("skipping_keras3")
    assert(
      refused(blocks, "block_1") === "cannot tap the layer 'block_1': 2 tensors leave it and the " +
        "file does not say which is which output; name one with { graph-tensor = " +
        "\"skipping_1/block_1_1/inner_1/Relu:0\" }: skipping_1/block_1_1/inner_1/Relu:0, " +
        "skipping_1/block_1_1/final_1/Tanh:0; or tap a layer inside it, as block_1/inner"
    )
    assert(tap(blocks, "block_1/inner").selector === "block_1/inner")
  }

  test("several outputs that nothing tells apart: the layers inside, those first that give one") {
    assert(
      refused(
        TestData.load("outputs_keras3"),
        "attention"
      ) === "cannot tap the layer 'attention': " +
        "2 tensors leave it and the file does not say which is which output; name one with " +
        "{ graph-tensor = \"outputs_1/attention_1/attention_output_1/BiasAdd:0\" }: " +
        "outputs_1/attention_1/attention_output_1/BiasAdd:0, " +
        "outputs_1/attention_1/softmax_1/Softmax:0; or tap a layer inside it, as " +
        "attention/softmax, attention/attention_output, attention/query, attention/key, " +
        "attention/value"
    )
  }

  // name, op
  Seq("head/Softmax" -> "branches/head/Softmax", "branches/head/BiasAdd" -> "branches/head/BiasAdd")
    .foreach { case (name, op) =>
      test(s"a layer's name that is an op's: $name") {
        assert(
          refused(keras2, name) === s"cannot find the layer '$name': the model has no layer of " +
            s"that name, but an op, $op; write { graph-tensor = \"$name\" } for what it gives"
        )
        assert(resolver(keras2).resolve(new GraphTensor(name)).get(0).tensor.node === op)
      }
    }

  test("a model that was compiled for XLA has no layers, with a topology neither") {
    val compiled = TestData.load("compiled_keras3")
    val reason = "the export holds what the model computes as one compiled op (XlaCallModule), as " +
      "Keras 3 writes it with the JAX or torch backend, and nothing in it tells of layers; export " +
      "the model with Keras' TensorFlow backend, layertap does not run such ops"
    assert(refused(compiled, "hidden") === s"cannot find the layer 'hidden': $reason")
    assert(refused(compiled, "-1") === s"cannot find the layer with index -1: $reason")
    assert(refused(compiled, "h*") === s"cannot find layers for 'h*': $reason")
    val topology =
      """{"class_name": "Functional", "config": {"name": "compiled", "layers": [
        |{"class_name": "InputLayer", "name": "numbers", "config": {}, "inbound_nodes": []},
        |{"class_name": "Dense", "name": "hidden", "config": {},
        | "inbound_nodes": [[["numbers", 0, 0, {}]]]}],
        |"input_layers": [["numbers", 0, 0]], "output_layers": [["hidden", 0, 0]]}}""".stripMargin
    val file = TopologyFile.parse("compiled.json", topology.getBytes)
    val listed = TestData.load("compiled_keras3", Some(file))
    assert(refused(listed, "hidden") === s"cannot find the layer 'hidden': $reason")
  }

  test("an output that there is not") {
    assert(
      refused(recurrent, "lstm:1") === "cannot tap output 1 of the layer 'lstm': the graph shows " +
        "no such output; it has lstm:0, lstm:sequence, lstm:last, lstm:hidden, lstm:cell"
    )
    assert(refused(recurrent, "lstm:9999999999").startsWith("cannot tap output 9999999999 of "))
  }

  test("a state that there is not") {
    assert(
      refused(recurrent, "lstm:memory") === "cannot tap 'lstm:memory': the layer has lstm:0, " +
        "lstm:sequence, lstm:last, lstm:hidden, lstm:cell"
    )
    assert(
      refused(keras2, "head:hidden") === "cannot tap 'head:hidden': the graph shows no loop of a " +
        "recurrent layer there; its outputs are head:0"
    )
  }

  test("an output of the signature") {
    val output = resolver(keras2).resolve(new SignatureOutput("head")).get(0)
    assert(output.tensor.toString === "StatefulPartitionedCall:0")
    assert((output.selector, output.columnName, output.layer) === (("head", "head", "")))
  }

  test("an output that the signature has not") {
    assert(
      intercept[UserException](resolver(recurrent).resolve(new SignatureOutput("lstm"))).getMessage
        === "cannot find the output 'lstm': the signature 'serving_default' has output_0, " +
        "output_1, output_2, output_3, output_4; write { output = output_0, … }"
    )
  }

  test("a tensor of the graph, its column as it was written") {
    val found = resolver(keras3).resolve(new GraphTensor("head/Softmax:0")).get(0)
    assert(found.tensor.toString === "branches_1/head_1/Softmax:0")
    assert(found.selector === "branches_1/head_1/Softmax:0")
    assert(found.columnName === "head_Softmax_0")
  }
}

package layertap.model.describe

import com.fasterxml.jackson.databind.ObjectMapper
import layertap.graph.RecurrentLoop
import layertap.graph.TensorId
import layertap.testing.SavedModels.{load, of, port, signature}
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** What ops tell of layers, held against what Keras, TensorFlow and timm say. */
class LayerKindsTest extends AnyFunSuite {

  /** Keras' classes by layer, of a model whose file does not tell them. */
  private def classes(model: String): Map[String, String] = {
    val file = TestData.model(model).resolveSibling(s"$model.answers.json")
    new ObjectMapper()
      .readTree(file.toFile)
      .get("layers")
      .asScala
      .filter(_.get("selector").isTextual)
      .map(layer => layer.get("selector").asText -> layer.get("class").asText)
      .toMap
  }

  /** Functions that a layer may apply, of which ops do not tell in which class it is. */
  private val functions: Map[String, Set[String]] = Map(
    "ReLU" -> Set("relu", "relu6"),
    "Softmax" -> Set("softmax"),
    "LeakyReLU" -> Set("leaky_relu"),
    "Activation" -> Set("relu", "tanh", "sigmoid", "softmax", "swish", "gelu")
  )

  test("a class that ops tell is Keras' own") {
    var told = 0
    TestData.models.foreach { name =>
      val model = TestData.load(name)
      val kinds = new LayerKinds(model)
      val expected = classes(name)
      for {
        layer <- model.layers.layers.asScala if layer.className.isEmpty
        own <- expected.get(layer.path)
        kind <- Option(kinds.of(layer).orElse(null))
      } {
        told += 1
        assert(
          kind == own || functions.getOrElse(own, Set()).contains(kind),
          s"$name ${layer.path}"
        )
      }
    }
    assert(told > 150)
  }

  test("a loop over a cell that is no LSTM is an RNN, whatever its ops are") {
    val loop = new RecurrentLoop("rnn", keepsAll = true).graph
    val model = load(of(loop, signature(port("x", "x:0"))(port("y", "rnn/last:0"))))
    assert(new LayerKinds(model).of(model.layers.find("rnn").get).get === "RNN")
  }

  private lazy val mobileNet = TestData.load("mobilenet_v2_keras3")

  test("every layer of a MobileNetV2 has a class") {
    val kinds = new LayerKinds(mobileNet)
    val counts =
      mobileNet.layers.layers.asScala.toSeq.map(layer => kinds.of(layer).get).groupBy(identity)
    assert(
      counts.map { case (kind, all) => kind -> all.size } === Map(
        "Conv2D" -> 35,
        "DepthwiseConv2D" -> 17,
        "BatchNormalization" -> 52,
        "relu6" -> 35,
        "ZeroPadding2D" -> 4,
        "Add" -> 10
      )
    )
  }

  private def output(layer: String): TensorId =
    mobileNet.layers.find(layer).get.calls.get(0).onlyOutput.get

  test("strides are the reductions of timm's mobilenetv2_035") {
    val reductions = new Reductions(mobileNet.graph)
    val ends = Seq("expanded_conv_project_BN", "block_2_add", "block_5_add", "block_12_add")
    val strides = (ends :+ "block_16_project_BN").map(end => reductions.of(output(end)).getAsInt)
    assert(strides === Seq(2, 4, 8, 16, 32))
    val vectors = TestData.load("cnn_functional_keras3")
    val mean = vectors.layers.find("mean").get.calls.get(0).onlyOutput.get
    assert(new Reductions(vectors.graph).of(mean).isEmpty)
  }
}

package layertap.model.preprocessing

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.file.Path
import java.util.Optional
import layertap.graph.Graphs._
import layertap.input.image.{PixelMaps, Preprocessing}
import layertap.model.LoadedModel
import layertap.model.saved.LocalModelFiles
import layertap.testing.{SavedModels, TestData}
import layertap.testing.SavedModels.{port, signature}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

/** What models do to their inputs first, held against what Keras computes for 0 and 255. */
class ScaledInputsTest extends AnyFunSuite {
  private val folder = TestData.root.resolve("preprocessing")

  private def load(path: Path): LoadedModel =
    LoadedModel.load(
      new LocalModelFiles(path),
      java.util.List.of("serve"),
      "serving_default",
      Optional.empty
    )

  private def doubles(node: JsonNode): Seq[Double] = node.asScala.map(_.asDouble).toSeq

  Seq("keras2", "keras3").foreach { version =>
    val inputs =
      ModelPreprocessing.of(load(folder.resolve(s"scaled_inputs_$version"))).asScala.toSeq
    val answers = new ObjectMapper().readTree(
      folder.resolve(s"scaled_inputs_$version.answers.json").toFile
    )

    test(s"$version: every input is there, and its first layer is a convolution") {
      assert(inputs.map(_.input).toSet === answers.fieldNames.asScala.toSet)
      inputs.foreach { input =>
        assert(input.isClear && input.isImage && input.isWorthSaying, input)
        assert(input.uses.asScala.map(_.kind) === Seq("Conv2D"), input)
      }
    }

    inputs.foreach { input =>
      test(s"$version: ${input.input} becomes what Keras makes of it") {
        val answer = answers.get(input.input)
        val channels = answer.get("order").size
        val same = new ChannelMap(
          (0 until channels).map(Int.box).asJava,
          Seq.fill(channels)(Double.box(1)).asJava,
          Seq.fill(channels)(Double.box(0)).asJava
        )
        val map = input.map.after(same)
        assert(map.order.asScala.map(_.toInt) === answer.get("order").asScala.map(_.asInt).toSeq)
        val ranges = map.ranges(0, 255).asScala.map(_.asScala.map(_.toDouble).toSeq).toSeq
        ranges.map(_.head).zip(doubles(answer.get("low"))).foreach { case (own, keras) =>
          assert(math.abs(own - keras) <= 1e-5 * math.max(1, math.abs(keras)), map)
        }
        ranges.map(_.last).zip(doubles(answer.get("high"))).foreach { case (own, keras) =>
          assert(math.abs(own - keras) <= 1e-5 * math.max(1, math.abs(keras)), map)
        }
      }
    }
  }

  private def scaling(nodes: NodeDef*): InputScaling = {
    val image = placeholder("image").having("shape" -> shape(-1, 8, 8, 3))
    val info = signature(port("image", "image:0"))(port("y", "y:0")).toBuilder
    info.putInputs(
      "image",
      info.getInputsOrThrow("image").toBuilder.setTensorShape(shape(-1, 8, 8, 3).toProto).build
    )
    val model: GraphDef = graph(image +: nodes: _*)
    ModelPreprocessing.of(SavedModels.load(SavedModels.of(model, info.build))).get(0)
  }

  test("what is scaled in one way and taken as it is in another has no one answer") {
    val found = scaling(
      const("half", 127.5f),
      float("scaled", "RealDiv", "image", "half"),
      float("a", "Tanh", "scaled"),
      float("b", "Sigmoid", "image"),
      float("y", "AddV2", "a", "b")
    )
    assert(!found.isClear && !found.isScaled)
    assert(
      found.text === "the model takes it in several ways: " +
        "Tanh takes [0, 255] → [0, 2]; Sigmoid takes the values as fed"
    )
  }

  test("a product of two values that are fed is no scaling") {
    val found = scaling(float("squared", "Mul", "image", "image"), float("y", "Tanh", "squared"))
    assert(found.text === "no scaling seen: first layer Mul takes the pixels as fed")
  }

  test("nothing is said of an input that a compiled part takes: it may scale it itself") {
    val types = Seq("Tin" -> Seq(Float32), "Tout" -> Seq(Float32))
    val compiled = node("y", "XlaCallModule", "image").having(types: _*)
    val found = scaling(compiled)
    assert(found.isImage && !found.isWorthSaying && !found.isScaled && !found.isClear)
  }

  test("a constant minus the pixels turns the range, a step at a time") {
    val found = scaling(
      const("full", 255f),
      const("half", 0.5f),
      float("turned", "Sub", "full", "image"),
      float("less", "Mul", "turned", "half"),
      float("minus", "Neg", "less"),
      float("y", "Tanh", "minus")
    )
    assert(found.isScaled)
    assert(found.text === "this model scales its input itself: [0, 255] → [-127.5, 0]")
    assert(found.map.scales.asScala.map(_.toDouble) === Seq(0.5, 0.5, 0.5))
  }

  test("an image that is mirrored is not one whose channels are swapped") {
    val found = scaling(
      intConst("axis", 2, 1),
      node("mirrored", "ReverseV2", "image", "axis").having("T" -> Float32, "Tidx" -> Int32),
      float("y", "Tanh", "mirrored")
    )
    assert(found.map.isIdentity)
    assert(found.text === "no scaling seen: first layer ReverseV2 takes the pixels as fed")
  }

  test("ranges of channels that differ are listed, an order is named") {
    val caffe = new ChannelMap(
      java.util.List.of(2, 1, 0),
      java.util.List.of(1.0, 1.0, 1.0),
      java.util.List.of(-103.939, -116.779, -123.68)
    )
    assert(caffe.text === "[0, 255] → [-103.9, 151.1], [-116.8, 138.2], [-123.7, 131.3]")
    assert(caffe.orderText === "channels reversed (RGB to BGR)")
    assert(caffe.after(ChannelMap.uniform(0.5, 1)).order.asScala === Seq(2, 1, 0))
  }

  test("a known architecture is told by its layers") {
    val found = KnownArchitecture.of(TestData.load("mobilenet_v2_keras3"))
    assert(
      found.map[String](_.toString) === Optional.of(
        "KnownArchitecture[name=MobileNetV2, preprocessing=mobilenet_v2]"
      )
    )
    Seq("cnn_functional_keras2", "digits_keras3", "tf1_conv").foreach { model =>
      assert(KnownArchitecture.of(TestData.load(model)).isEmpty)
    }
  }

  test("the first batch normalisations, with the statistics that the checkpoint holds") {
    Seq("digits_keras2", "digits_keras3").foreach { model =>
      val found = FirstNormalizations.of(TestData.load(model)).asScala.toSeq
      assert(found.map(_.layer) === Seq("bn1"))
      assert(found.head.variances.size === 16 && found.head.means.size === 16)
      assert(found.head.variances.asScala.forall(_ > 0))
    }
    Seq("keras2", "keras3").foreach { version =>
      val found = FirstNormalizations.of(load(folder.resolve(s"photos_tf_$version"))).asScala.toSeq
      assert(found.map(_.layer) === Seq("bn1"))
    }
    assert(FirstNormalizations.of(TestData.load("tf1_conv")).isEmpty)
  }

  test("what a map does is undone by its inverse, channel by channel") {
    val caffe = PixelMaps.of(Preprocessing.CAFFE)
    val torch = PixelMaps.of(Preprocessing.TORCH)
    val pixels = Array(0f, 100f, 255f, 17f, 18f, 19f)
    Seq(caffe, torch, ChannelMap.IDENTITY, ChannelMap.uniform(1 / 127.5, -1)).foreach { map =>
      val done = map.appliedTo(pixels, 3)
      val undone = map.inverse.get.appliedTo(done, 3)
      pixels.zip(undone).foreach { case (wanted, found) => assert(math.abs(wanted - found) < 1e-3) }
      val other = torch.after(map.inverse.get).appliedTo(done, 3)
      torch.appliedTo(pixels, 3).zip(other).foreach { case (wanted, found) =>
        assert(math.abs(wanted - found) < 1e-4)
      }
    }
    assert(caffe.appliedTo(Array(1f, 2f, 3f), 3)(0) === 3f - 103.939f)
    assert(!ChannelMap.uniform(0, 1).inverse.isPresent)
  }
}

package layertap.suggest.feed

import java.nio.file.Path
import java.util.Optional
import layertap.model.preprocessing.InputScaling.FirstLayer
import layertap.model.preprocessing.{ChannelMap, InputScaling, KnownArchitecture}
import layertap.model.saved.LocalModelFiles
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class PixelAdvicesTest extends AnyFunSuite {
  private val question =
    "was the model trained on pixels of 0 to 255, as they are fed here? If not," +
      " write preprocessing = tf (-1 to 1), torch or caffe, or scale = 0.00392156862745098 (0 to 1);" +
      " plan --rows 16 compares the first rows with the training"

  private def scaling(maps: ChannelMap*) = new InputScaling(
    "photo",
    true,
    maps.map(map => new FirstLayer("Conv2D", map)).asJava
  )

  private def advice(scaling: InputScaling, known: Option[KnownArchitecture] = None) =
    new PixelAdvices(
      java.util.List.of(scaling),
      known.fold(Optional.empty[KnownArchitecture])(Optional.of[KnownArchitecture])
    ).of("photo")

  private def parts(advice: PixelAdvice) =
    (advice.setting, advice.reasons.asScala.toSeq, advice.questions.asScala.toSeq)

  test("a model that scales its input gets pixels as they are") {
    val photos =
      TestData.load(new LocalModelFiles(Path.of("test-data/first-hour/photos_model")), None)
    val reason =
      "this model scales its input itself: [0, 255] → [-1, 1]; so pixels are fed as they are"
    assert(parts(new PixelAdvices(photos).of("photo")) === (("", Seq(reason), Seq())))
  }

  test("the layers of a known architecture tell its preprocessing") {
    val known = new PixelAdvices(TestData.load("mobilenet_v2_keras3")).of("keras_tensor")
    assert(
      parts(known) === (
        (
          "preprocessing = mobilenet_v2",
          Seq(
            "no scaling seen: first layer Conv2D takes the pixels as fed",
            "its layers are those of keras.applications' MobileNetV2: image { preprocessing =" +
              " mobilenet_v2 }"
          ),
          Seq()
        )
      )
    )
  }

  test("where nothing tells, it is asked") {
    val unscaled = "no scaling seen: first layer Conv2D takes the pixels as fed"
    assert(parts(advice(scaling(ChannelMap.IDENTITY))) === (("", Seq(unscaled), Seq(question))))
    val another = new PixelAdvices(TestData.load("lstm_keras3")).of("no such input")
    assert(parts(another) === (("", Seq(), Seq(question))))
    val several = advice(scaling(ChannelMap.IDENTITY, ChannelMap.uniform(1 / 255.0, 0)))
    assert(several.setting === "" && several.questions.asScala === Seq(question))
  }

  test("a scaling that was made for other values than 0 to 255 is asked about") {
    val ofUnits = advice(scaling(ChannelMap.uniform(2, -1)))
    assert(ofUnits.questions.asScala === Seq(question))
    assert(
      ofUnits.reasons.asScala === Seq(
        "this model scales its input itself: [0, 255] → [-1, 509], which no family of models wants"
      )
    )
    assert(advice(scaling(ChannelMap.uniform(1 / 65535.0, 0))).questions.asScala === Seq(question))
    Seq(ChannelMap.uniform(1 / 255.0, 0), ChannelMap.uniform(1, -110)).foreach { map =>
      assert(advice(scaling(map)).questions.isEmpty)
    }
  }

  test("an architecture that scales itself, but of which no scaling is seen, is asked about") {
    val efficient = new KnownArchitecture("EfficientNet", "efficientnet")
    val stripped = advice(scaling(ChannelMap.IDENTITY), Some(efficient))
    assert(stripped.setting === "" && stripped.questions.asScala === Seq(question))
  }
}

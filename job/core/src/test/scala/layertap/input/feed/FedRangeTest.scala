package layertap.input.feed

import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import javax.imageio.ImageIO
import layertap.input.image.ImageConverter
import layertap.tensorflow.{TensorFlowRuntime, TensorFlowSessions}
import layertap.testing.ImageConfig
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType.DT_FLOAT
import scala.util.Using

/** Between which numbers pixels are, told without an image, beside what images become. */
class FedRangeTest extends AnyFunSuite {
  private val colours = for (r <- Seq(0, 255); g <- Seq(0, 255); b <- Seq(0, 255)) yield (r, g, b)

  /** An image with all colours of full and of no intensity. */
  private lazy val image: Array[Byte] = {
    val pixels = new BufferedImage(colours.size, 1, BufferedImage.TYPE_INT_RGB)
    colours.zipWithIndex.foreach { case ((r, g, b), x) =>
      pixels.setRGB(x, 0, r << 16 | g << 8 | b)
    }
    val bytes = new ByteArrayOutputStream
    ImageIO.write(pixels, "png", bytes)
    bytes.toByteArray
  }

  private def converted(options: String): Array[Float] = {
    TensorFlowRuntime.start(1)
    val all = ImageConfig.options(s"fit = none, $options")
    Using.resource(ImageConverter.open(all, DT_FLOAT, new TensorFlowSessions)) {
      _.convert(image).values.asInstanceOf[Array[Float]]
    }
  }

  private def range(options: String): FedRange = FedRange.of(ImageConfig.options(options))

  Seq(
    "" -> "0 … 255",
    "preprocessing = mobilenet_v2" -> "-1 … 1",
    // keras.applications.imagenet_utils.preprocess_input of zeros and of 255, mode torch, caffe.
    "preprocessing = torch" -> "-2.118 … 2.64",
    "preprocessing = vgg16" -> "-123.7 … 151.1",
    "scale = 0.00392156862745098" -> "0 … 1",
    "mean = 127.5, std = 127.5" -> "-1 … 1",
    "mean = [1, 2, 3], std = [1, 2, 0.5]" -> "-6 … 504",
    "std = -1" -> "-255 … 0",
    "channels = grayscale, mean = 10" -> "-10 … 245",
    "channels = bgr, scale = 2" -> "0 … 510"
  ).foreach { case (options, text) =>
    test(s"image { $options }: $text") {
      assert(range(options).toString === text)
      val values = converted(options)
      val (low, high) = (values.min.toDouble, values.max.toDouble)
      val tolerance = 1e-4 * (high - low)
      assert(math.abs(range(options).low - low) < tolerance, s"$low")
      assert(math.abs(range(options).high - high) < tolerance, s"$high")
    }
  }

  test("some ways to resize overshoot, but not where images keep their size") {
    Seq("bicubic", "lanczos3", "lanczos5").foreach { way =>
      assert(range(s"size = [2, 2], resize = $way").toString === "about 0 … 255")
      assert(range(s"fit = none, resize = $way").toString === "0 … 255")
    }
    Seq("bilinear", "nearest", "area").foreach { way =>
      assert(range(s"size = [2, 2], resize = $way").isStrict)
    }
  }
}

package layertap.input.image

import layertap.failure.BadRowException
import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.file.Files
import layertap.tensorflow.TensorFlowRuntime
import layertap.testing.ImageConfig
import layertap.testing.Npz
import layertap.testing.TestData
import layertap.tensorflow.TensorFlowSessions
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType.DT_FLOAT
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Every option of an image against TensorFlow and Keras, and every kind of file. */
class ImageOptionsTest extends AnyFunSuite {
  private val answers =
    new ObjectMapper().readTree(TestData.root.resolve("odd.answers.json").toFile)
  private val arrays = Npz.read(TestData.root.resolve("odd.answers.npz"))
  private val size = "size = [9, 14]"

  private def convert(options: String, path: String): Array[Float] = {
    TensorFlowRuntime.start(1)
    Using.resource(
      ImageConverter.open(ImageConfig.options(options), DT_FLOAT, new TensorFlowSessions)
    ) { converter =>
      val bytes = Files.readAllBytes(TestData.root.resolve(path))
      converter.convert(bytes).values.asInstanceOf[Array[Float]]
    }
  }

  private def largestDifference(found: Array[Float], expected: Array[Float]): Float = {
    assert(found.length === expected.length)
    found.zip(expected).map { case (a, b) => math.abs(a - b) }.max
  }

  /** Python's words for the options, in the configuration's. */
  private def text(options: JsonNode): String = options
    .properties()
    .asScala
    .map { entry =>
      val key = entry.getKey match {
        case "method" => "resize"
        case other    => other.replace('_', '-')
      }
      s"$key = ${entry.getValue}"
    }
    .mkString(", ")

  answers.get("options").asScala.groupBy(answer => text(answer.get("options"))).foreach {
    case (options, ofOptions) =>
      test(s"$options: as in Python") {
        ofOptions.foreach { answer =>
          val path = answer.get("path").asText
          val expected = arrays(answer.get("array").asText).floats
          val difference = largestDifference(convert(s"$size, $options", path), expected)
          // The same kernels on the same numbers, in the same order: no bit differs.
          assert(difference === 0f, path)
        }
      }
  }

  /** TensorFlow has no decoder of it; [[ImageFormatsTest]] has Pillow's pixels. */
  private val isDecodedElsewhere = Set("odd/plain.tiff")

  answers
    .get("corpus")
    .asScala
    .filterNot(answer => isDecodedElsewhere(answer.get("path").asText))
    .foreach { answer =>
      val path = answer.get("path").asText
      val isRefused = answer.get("array").isNull
      test(s"$path: ${if (isRefused) "refused" else "decoded as in Python, bit for bit"}") {
        if (isRefused) {
          assert(intercept[BadRowException](convert(size, path)).getMessage === reasons(path))
        } else {
          val expected = arrays(answer.get("array").asText).floats
          assert(largestDifference(convert(size, path), expected) === 0f)
        }
      }
    }

  private lazy val reasons: Map[String, String] = {
    val prefix = "the image cannot be decoded: it is"
    val convert = "image, which layertap cannot decode; convert it to JPEG or PNG"
    Map(
      "odd/empty.jpg" -> "the image is empty (0 bytes)",
      "odd/header_only.jpg" -> s"$prefix a damaged JPEG image",
      "odd/huge.png" -> ("the image is too large: the PNG has 30000 x 30000 pixels, more than" +
        " max-pixels = 100000000; make it smaller or raise max-pixels"),
      "odd/jpeg_2000.jp2" -> s"$prefix a JPEG 2000 $convert",
      "odd/page.jpg" ->
        s"$prefix not a JPEG, PNG, GIF, BMP, WebP or TIFF image; it starts with '<!DOCTYPE html>.'",
      "odd/truncated.bmp" -> s"$prefix a damaged BMP image",
      "odd/truncated.gif" -> s"$prefix a damaged GIF image",
      "odd/truncated.jpg" -> s"$prefix a damaged JPEG image",
      "odd/truncated.png" -> s"$prefix a damaged PNG image",
      "odd/twelve_bit.jpg" -> (s"$prefix a JPEG image of 12 bits a sample, which TensorFlow cannot" +
        " decode; convert it to one of 8")
    )
  }

  test("max-pixels counts the pixels that the header tells, of every format") {
    Seq("baseline.jpg", "progressive.jpg", "plain.bmp", "plain.gif", "palette.png").foreach {
      name =>
        val limit = s"$size, max-pixels ="
        assert(convert(s"$limit 1200", s"odd/$name").length === 9 * 14 * 3)
        val message = intercept[BadRowException](convert(s"$limit 1199", s"odd/$name")).getMessage
        assert(message.contains(" has 40 x 30 pixels, more than max-pixels = 1199; "), message)
    }
  }

  test("grayscale of BMP and GIF, of which TensorFlow's decoder makes no grey") {
    Seq("odd/plain.bmp", "odd/plain.gif").foreach { path =>
      val grey = convert(s"$size, channels = grayscale", path)
      val colours = convert(size, path).grouped(3).toSeq
      assert(grey.length === 9 * 14)
      grey.zip(colours).foreach { case (found, colour) =>
        val expected = 0.2989 * colour(0) + 0.587 * colour(1) + 0.114 * colour(2)
        assert(math.abs(found - expected) <= 1)
      }
    }
  }

  test("with fit = none every image keeps its own size") {
    TensorFlowRuntime.start(1)
    Using.resource(
      ImageConverter.open(ImageConfig.options("fit = none"), DT_FLOAT, new TensorFlowSessions)
    ) { converter =>
      def shape(path: String) =
        converter.convert(Files.readAllBytes(TestData.root.resolve(path))).shape.toSeq
      assert(shape("odd/baseline.jpg") === Seq(30, 40, 3))
      assert(shape("odd/one_pixel.png") === Seq(1, 1, 3))
    }
  }

  test("an image that is much longer than wide") {
    Seq("crop", "pad", "stretch").foreach { fit =>
      assert(convert(s"$size, fit = $fit", "odd/one_row.jpg").length === 9 * 14 * 3)
    }
  }
}

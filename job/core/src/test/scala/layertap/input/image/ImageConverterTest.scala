package layertap.input.image

import layertap.failure.BadRowException
import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.nio.file.Files
import java.nio.{ByteBuffer, ByteOrder}
import java.util.HexFormat
import javax.imageio.stream.MemoryCacheImageOutputStream
import javax.imageio.{IIOImage, ImageIO}
import layertap.tensorflow.TensorFlowRuntime
import layertap.testing.ImageConfig
import layertap.testing.Npz
import layertap.testing.TestData
import layertap.tensorflow.TensorFlowSessions
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType.DT_FLOAT
import scala.jdk.CollectionConverters._
import scala.util.Using

class ImageConverterTest extends AnyFunSuite {
  private val answers =
    new ObjectMapper().readTree(TestData.root.resolve("images.answers.json").toFile)
  private val arrays = Npz.read(TestData.root.resolve("images.answers.npz"))

  private def convert(options: ImageOptions, value: Any): Array[Float] = {
    TensorFlowRuntime.start(1)
    Using.resource(ImageConverter.open(options, DT_FLOAT, new TensorFlowSessions)) { converter =>
      val tensor = converter.convert(value)
      assert(tensor.shape === options.size.asScala.map(_.toLong).toArray :+ 3L)
      tensor.values.asInstanceOf[Array[Float]]
    }
  }

  private def settings(
      height: Int = 32,
      width: Int = 32,
      resize: String = "bilinear",
      preprocessing: String = "none"
  ): ImageOptions = ImageConfig.options(
    s"size = [$height, $width], resize = $resize, preprocessing = $preprocessing"
  )

  private def bytes(path: String): Array[Byte] = Files.readAllBytes(TestData.root.resolve(path))

  private def answersOf(key: String): Seq[JsonNode] = answers.get(key).asScala.toSeq

  private def refused(value: Any): String =
    intercept[BadRowException](convert(settings(), value)).getMessage

  answersOf("images").foreach { answer =>
    val path = answer.get("path").asText
    test(s"$path: pixels are those of tf.io.decode_image and tf.image.resize, bit for bit") {
      val expected = arrays(answer.get("array").asText).floats
      assert(convert(settings(), bytes(path)) === expected)
    }
  }

  answersOf("preprocessed").foreach { answer =>
    val (path, mode) = (answer.get("path").asText, answer.get("mode").asText)
    test(s"$path: the mode $mode gives Keras' values, bit for bit") {
      val expected = arrays(answer.get("array").asText).floats
      assert(convert(settings(preprocessing = mode), bytes(path)) === expected)
    }
  }

  private def png(image: BufferedImage): Array[Byte] = {
    val bytes = new ByteArrayOutputStream
    assert(ImageIO.write(image, "png", bytes))
    bytes.toByteArray
  }

  private def grey(value: Int): Int = 0xff000000 | value << 16 | value << 8 | value

  private def row(values: Int*): BufferedImage = {
    val image = new BufferedImage(values.size, 1, BufferedImage.TYPE_INT_RGB)
    values.zipWithIndex.foreach { case (value, x) => image.setRGB(x, 0, grey(value)) }
    image
  }

  // At 1.5 of pixels 0, 10, 20, 90; cubic weights are -1/16, 9/16, 9/16, -1/16.
  Seq(
    "bilinear" -> 15f,
    "nearest" -> 20f,
    "area" -> 30f,
    "bicubic" -> 11.25f
  ).foreach { case (method, expected) =>
    test(s"$method computes a pixel as tf.image.resize does") {
      val pixels = convert(settings(1, 1, method), png(row(0, 10, 20, 90)))
      assert(pixels.forall(value => math.abs(value - expected) < 1e-3), pixels.mkString(" "))
    }
  }

  test("height comes before width, and channels are red, green, blue") {
    val image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB)
    image.setRGB(0, 0, 0xff0a141e)
    image.setRGB(1, 0, 0xff28323c)
    val pixels = convert(settings(1, 2), png(image))
    assert(pixels === Array(10f, 20f, 30f, 40f, 50f, 60f))
  }

  test("a grey image has three equal channels, and transparency is dropped") {
    val greyImage = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY)
    greyImage.getRaster.setSample(0, 0, 0, 77)
    assert(convert(settings(1, 1), png(greyImage)) === Array(77f, 77f, 77f))
    val transparent = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB)
    transparent.setRGB(0, 0, 0x80102030)
    assert(convert(settings(1, 1), png(transparent)) === Array(16f, 32f, 48f))
  }

  test("of an animation the first frame is taken") {
    val bytes = new ByteArrayOutputStream
    val writer = ImageIO.getImageWritersByFormatName("gif").next()
    val stream = new MemoryCacheImageOutputStream(bytes)
    writer.setOutput(stream)
    writer.prepareWriteSequence(null)
    Seq(0, 255).foreach { value =>
      writer.writeToSequence(new IIOImage(row(value, value), null, null), null)
    }
    writer.endWriteSequence()
    stream.close()
    assert(convert(settings(1, 1), bytes.toByteArray) === Array(0f, 0f, 0f))
  }

  test("what is no image is refused by what it is") {
    assert(refused(null) === "the image is null")
    assert(
      refused("text") === "the image is a text: for paths set image { holds = paths }, for " +
        "base64 select unbase64(...) of the column"
    )
    assert(refused(7) === "the image is not binary")
    assert(refused(Array.emptyByteArray) === "the image is empty (0 bytes)")
    assert(
      refused(bytes("broken/not_an_image.jpg")) ===
        ("the image cannot be decoded: it is not a JPEG, PNG, GIF, BMP, WebP or TIFF image; " +
          "it starts with '<!DOCTYPE html>.'")
    )
    assert(refused(Array[Byte](1)) endsWith "it starts with '.'")
  }

  test("a damaged image is refused by its format") {
    val message = "the image cannot be decoded: it is a damaged"
    assert(refused(bytes("broken/truncated.jpg")) === s"$message JPEG image")
    assert(refused(bytes("images/china/trees.png").take(300)) === s"$message PNG image")
    assert(refused(bytes("images/china/shore.gif").take(300)) === s"$message GIF image")
    assert(refused(bytes("images/flower/seeds.bmp").take(300)) === s"$message BMP image")
  }

  test(
    "a format that is not decoded is named, with the remedy; no more than a beginning is damaged"
  ) {
    def begin(text: String) = text.getBytes("ISO-8859-1") ++ new Array[Byte](64)
    val message = "image, which layertap cannot decode; convert it to JPEG or PNG"
    val prefix = "the image cannot be decoded: it is"
    assert(refused(begin("\u0000\u0000\u0000\u0018ftypheic")) === s"$prefix a HEIC $message")
    assert(refused(begin("\u0000\u0000\u0000\u0018ftypavif")) === s"$prefix an AVIF $message")
    assert(refused(begin("\u0000\u0000\u0000\fJXL ")) === s"$prefix a JPEG XL $message")
    assert(
      refused(begin("RIFF\u0010\u0000\u0000\u0000WEBPVP8 ")) === s"$prefix a damaged WebP image"
    )
    assert(refused(begin("II*\u0000")) === s"$prefix a damaged TIFF image")
    assert(refused(begin("MM\u0000*")) === s"$prefix a damaged TIFF image")
  }

  /** Two pixels a side. */
  private def bmp(info: Int, bits: Int, compression: Int, pixels: Int): Array[Byte] = {
    val file = ByteBuffer.allocate(14 + info + pixels).order(ByteOrder.LITTLE_ENDIAN)
    file.put("BM".getBytes).putInt(file.capacity).putInt(0).putInt(14 + info).putInt(info)
    if (info == 12) Seq(2, 2, 1, bits).foreach(size => file.putShort(size.toShort))
    else file.putInt(2).putInt(2).putShort(1).putShort(bits.toShort).putInt(compression)
    file.array
  }

  test("a BMP that TensorFlow does not decode is refused for what it is") {
    def message(what: String) = "the image cannot be decoded: it is a BMP image " +
      s"$what, which TensorFlow cannot decode; convert it to PNG"
    assert(convert(settings(2, 2), bmp(40, 24, 0, 16)).toSet === Set(0f))
    assert(convert(settings(2, 2), bmp(40, 8, 0, 8)).toSet === Set(0f))
    Seq(1, 4, 16).foreach { bits =>
      assert(refused(bmp(40, bits, 0, 8)) === message(s"of $bits bits a pixel"))
    }
    Seq(8 -> 1, 4 -> 2, 24 -> 4).foreach { case (bits, compression) =>
      assert(refused(bmp(40, bits, compression, 40)) === message("that is compressed"))
    }
    assert(refused(bmp(12, 24, 0, 40)) === message("with the header of OS/2"))
    assert(refused(bmp(40, 24, 0, 18)) === message("with 2 bytes behind its pixels"))
    assert(
      refused(bmp(40, 24, 0, 15)) === "the image cannot be decoded: it is a damaged BMP image"
    )
  }

  test("an archive of images is told by its first bytes, and to be unpacked") {
    val starts = Seq(
      "zip" -> "504b0304",
      "gzip" -> "1f8b08",
      "7z" -> "377abcaf271c",
      "rar" -> "526172211a07",
      "bzip2" -> "425a6839",
      "xz" -> "fd377a585a00",
      "zstd" -> "28b52ffd",
      "tar" -> ("61" + "00" * 256 + "757374617200")
    )
    starts.foreach { case (program, hex) =>
      assert(
        refused(HexFormat.of().parseHex(hex)) ===
          s"the image cannot be decoded: it is packed by $program, and no image; unpack it"
      )
    }
  }

  test("a text that begins with BM is no image") {
    val text = "BM is short for bench mark, for one, and for many a thing besides"
    assert(
      refused(text.getBytes) === "the image cannot be decoded: it is not a JPEG, PNG, GIF, BMP," +
        " WebP or TIFF image; it starts with 'BM is short for '"
    )
  }

  test("a converter goes on after a bad image") {
    TensorFlowRuntime.start(1)
    Using.resource(ImageConverter.open(settings(1, 1), DT_FLOAT, new TensorFlowSessions)) {
      converter =>
        intercept[BadRowException](converter.convert(bytes("broken/truncated.jpg")))
        assert(converter.convert(png(row(9))).values === Array(9f, 9f, 9f))
    }
  }
}

package layertap.input.image.decode

import layertap.input.image.ImageConverter
import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.{ByteBuffer, ByteOrder}
import java.nio.charset.StandardCharsets.ISO_8859_1
import java.nio.file.Files
import java.util.zip.{CRC32, Deflater}
import layertap.failure.BadRowException
import layertap.tensorflow.{TensorFlowRuntime, TensorFlowSessions}
import layertap.testing.{ImageConfig, TestData}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType.DT_FLOAT
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Small files that decoders would make much of: what they will allocate is known before, and an
  * image of odd, but honest headers has TensorFlow's pixels.
  */
class ImageBombsTest extends AnyFunSuite {
  private val folder = TestData.root.resolve("odd-headers")
  private val answers = new ObjectMapper().readTree(folder.resolve("answers.json").toFile)

  private def bytes(name: String): Array[Byte] = Files.readAllBytes(folder.resolve(name))

  private def convert(bytes: Array[Byte], options: String = ""): (Seq[Long], Seq[Float]) = {
    TensorFlowRuntime.start(1)
    val all = ImageConfig.options(s"fit = none $options")
    Using.resource(ImageConverter.open(all, DT_FLOAT, new TensorFlowSessions)) { converter =>
      val tensor = converter.convert(bytes)
      (tensor.shape.toSeq, tensor.values.asInstanceOf[Array[Float]].toSeq)
    }
  }

  private def refusal(bytes: Array[Byte], options: String = ""): String =
    intercept[BadRowException](convert(bytes, options)).getMessage

  private def tooLarge(format: String, size: String): String =
    s"the image is too large: the $format has $size, more than max-pixels = 100000000; make it" +
      " smaller or raise max-pixels"

  answers.properties().asScala.foreach { answer =>
    test(s"${answer.getKey}: the pixels of tf.io.decode_image") {
      val (shape, pixels) = convert(bytes(answer.getKey))
      assert(shape === answer.getValue.get("shape").asScala.map(_.asLong).toSeq)
      assert(pixels === answer.getValue.get("pixels").asScala.map(_.asInt.toFloat).toSeq)
    }
  }

  /** Of a GIF with two frames the second, or the first, is said to be larger than it is. */
  private def withFrame(gif: Array[Byte], number: Int, width: Int, height: Int): Array[Byte] = {
    val changed = ByteBuffer.wrap(gif.clone).order(ByteOrder.LITTLE_ENDIAN)
    val starts = gif.indices.filter { i =>
      gif(i) == ',' && i + 9 < gif.length && (gif(i + 9) & 0x80) != 0 && sizes(gif, i)
    }
    changed.putShort(starts(number) + 5, width.toShort).putShort(starts(number) + 7, height.toShort)
    changed.array
  }

  private def sizes(gif: Array[Byte], at: Int): Boolean =
    Seq((6, 5), (4, 3)).contains((gif(at + 5).toInt, gif(at + 7).toInt)) && gif(at + 6) == 0

  test("a GIF whose frame is larger than its screen is as large as the frame") {
    val bomb = withFrame(bytes("larger_than_screen.gif"), 0, 25000, 25000)
    assert(refusal(bomb) === tooLarge("GIF", "25000 x 25000 pixels"))
    assert(convert(bytes("larger_than_screen.gif"), ", max-pixels = 30")._1 === Seq(5, 6, 3))
    assert(refusal(bytes("larger_than_screen.gif"), ", max-pixels = 29").contains("6 x 5 pixels,"))
  }

  test("a later frame that enlarges the canvas counts") {
    val bomb = withFrame(bytes("first_smaller.gif"), 1, 25000, 25000)
    assert(refusal(bomb) === tooLarge("GIF", "25000 x 25000 pixels in several frames"))
    // 7 x 6 pixels are made of frames of 7 x 2 and 2 x 6.
    assert(refusal(bytes("wide_and_high.gif"), ", max-pixels = 41").contains(" 7 x 6 pixels,"))
  }

  test("of frames that are all decoded each counts") {
    val first = bytes("first_smaller.gif")
    val second = first.slice(first.length - 1 - secondLength(first), first.length - 1)
    val many = first.dropRight(1) ++ Seq.fill(50)(second).flatten :+ ';'.toByte
    // (3 x 30 + 12 + 51 x 30) / 4
    assert(refusal(many, ", max-pixels = 407").contains(" 6 x 5 pixels in several frames, "))
    assert(convert(many, ", max-pixels = 408") === convert(first))
  }

  private def secondLength(gif: Array[Byte]): Int =
    gif.length - 1 - gif.indices
      .filter(i => gif(i) == ',' && i + 9 < gif.length && sizes(gif, i))(1)

  test("frames after the one that is used are not decoded, whatever they say of themselves") {
    val gif = bytes("first_largest.gif")
    val frames = GifFrames.of(gif).get
    assert((frames.width, frames.height, frames.area, frames.isFirstLargest) === ((6, 5, 90, true)))
    val alone = frames.firstAlone(gif)
    assert(alone.length < gif.length / 2)
    assert(GifFrames.of(alone).get.area === 30)
    assert(convert(gif, ", max-pixels = 30") === convert(alone))
  }

  test("a GIF of no frame is damaged") {
    assert(refusal(bytes("first_largest.gif").take(13) :+ ';'.toByte) === damaged("GIF"))
    assert(refusal("GIF89a".getBytes(ISO_8859_1)) === damaged("GIF"))
  }

  private def damaged(format: String) =
    s"the image cannot be decoded: it is a damaged $format image"

  private def withFrameHeader(jpeg: Array[Byte], side: Int): Array[Byte] = {
    val at = jpeg.indexOfSlice(Seq(0xff.toByte, 0xc0.toByte))
    val side2 = side.toShort
    ByteBuffer.wrap(jpeg.clone).putShort(at + 5, side2).putShort(at + 7, side2).array
  }

  test("a JPEG with garbage between its segments is as large as libjpeg will find it") {
    Seq("garbage_between.jpg", "filled_markers.jpg").foreach { name =>
      val bomb = withFrameHeader(bytes(name), 60000)
      assert(refusal(bomb) === tooLarge("JPEG", "60000 x 60000 pixels"), name)
    }
  }

  test("a JPEG whose frame header cannot be found is not decoded") {
    val jpeg = bytes("garbage_between.jpg")
    val at = jpeg.indexOfSlice(Seq(0xff.toByte, 0xc0.toByte))
    val ends = Seq(jpeg.take(at), jpeg.take(at + 6))
    val scanFirst = jpeg.take(20) ++ Array(0xff, 0xda).map(_.toByte) ++ jpeg.drop(20)
    val startTwice = jpeg.take(20) ++ jpeg
    (ends :+ scanFirst :+ startTwice).foreach(cut => assert(refusal(cut) === damaged("JPEG")))
  }

  test("a PNG whose header is not its first chunk is as large as libpng will find it") {
    val png = bytes("chunk_before_header.png")
    val at = new String(png, ISO_8859_1).indexOf("IHDR")
    val changed = ByteBuffer.wrap(png).putInt(at + 4, 30000).putInt(at + 8, 30000).array
    assert(refusal(changed) === tooLarge("PNG", "30000 x 30000 pixels"))
    assert(refusal(png.take(at)) === damaged("PNG"))
    val endless = ByteBuffer.wrap(png.clone).putInt(8, -12).array
    assert(refusal(endless) === damaged("PNG"))
  }

  test("texts of a PNG are not unpacked") {
    val png = bytes("texts.png")
    val none = PngChunks.withoutTexts(png)
    val words = Seq("zTXt", "iTXt").map(new String(none, ISO_8859_1).contains(_))
    assert(words === Seq(false, false))
    assert(convert(none) === convert(png))
    assert(PngChunks.withoutTexts(none) eq none)
    // 60 texts of 7.9 MB each, in half a megabyte.
    val before = peak()
    val at = new String(png, ISO_8859_1).indexOf("zTXt") - 4
    val bomb = png.take(at) ++ Seq.fill(60)(text(7900000)).flatten ++ png.drop(at)
    assert(convert(bomb) === convert(png))
    assert(peak() - before < (200L << 10), "KB")
  }

  private def text(length: Int): Array[Byte] = {
    val deflater = new Deflater(9)
    deflater.setInput(new Array[Byte](length))
    deflater.finish()
    val packed = new Array[Byte](length / 100)
    val data = "zTXtkey\u0000\u0000".getBytes(ISO_8859_1) ++ packed.take(deflater.deflate(packed))
    deflater.end()
    val checksum = new CRC32
    checksum.update(data)
    val chunk = ByteBuffer.allocate(data.length + 8)
    chunk.putInt(data.length - 4).put(data).putInt(checksum.getValue.toInt).array
  }

  /** The most memory that this process has had, in KB. */
  private def peak(): Long =
    Files
      .readAllLines(java.nio.file.Path.of("/proc/self/status"))
      .asScala
      .find(_.startsWith("VmHWM"))
      .fold(0L)(_.replaceAll("\\D", "").toLong)
}

package layertap.input.image

import layertap.failure.BadRowException
import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.{ByteBuffer, ByteOrder}
import java.nio.file.Files
import java.util.Base64
import layertap.tensorflow.TensorFlowRuntime
import layertap.testing.ImageConfig
import layertap.testing.Npz
import layertap.testing.TestData
import layertap.tensorflow.TensorFlowSessions
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType.DT_FLOAT
import scala.collection.mutable
import scala.jdk.CollectionConverters._

/** WebP, TIFF and orientations against Pillow's pixels. */
class ImageFormatsTest extends AnyFunSuite with BeforeAndAfterAll {
  private val answers =
    new ObjectMapper().readTree(TestData.root.resolve("image-formats.answers.json").toFile)
  private val arrays = Npz.read(TestData.root.resolve("image-formats.answers.npz"))
  private val converters = mutable.Map[String, ImageConverter]()

  override def afterAll(): Unit = converters.values.foreach(_.close())

  private def file(name: String): Array[Byte] =
    Files.readAllBytes(TestData.root.resolve("image-formats").resolve(name))

  private def bytes(answer: JsonNode): Array[Byte] =
    Files.readAllBytes(TestData.root.resolve(answer.get("path").asText))

  private def convert(options: String, value: Any): (Seq[Long], Seq[Float]) = {
    TensorFlowRuntime.start(1)
    val converter = converters.getOrElseUpdate(
      options,
      ImageConverter.open(ImageConfig.options(options), DT_FLOAT, new TensorFlowSessions)
    )
    val tensor = converter.convert(value)
    (tensor.shape.toSeq, tensor.values.asInstanceOf[Array[Float]].toSeq)
  }

  private def refused(value: Any, options: String = "fit = none"): String =
    intercept[BadRowException](convert(options, value)).getMessage

  private def name(answer: JsonNode): String =
    answer.get("path").asText.stripPrefix("image-formats/")

  private def requireEqual(options: String, answer: JsonNode): Unit = {
    val expected = arrays(answer.get("array").asText)
    val (shape, values) = convert(options, bytes(answer))
    assert(shape === expected.shape, name(answer))
    val differing = values.zip(expected.floats).count { case (found, wanted) => found != wanted }
    assert(differing === 0, s"of ${values.size}: $options: ${name(answer)}")
  }

  private def of(list: String): Seq[JsonNode] = answers.get(list).asScala.toSeq

  Seq("webp" -> 18, "tiff" -> 51).foreach { case (ending, count) =>
    test(s"$ending: every pixel is Pillow's, of wide samples tf.image.convert_image_dtype's") {
      val ofFormat = of("pixels").filter(name(_).endsWith(ending))
      assert(ofFormat.size === count)
      ofFormat.foreach(requireEqual("fit = none", _))
    }
  }

  Seq("ignore", "exif").foreach { orientation =>
    test(
      s"orientation = $orientation: JPEG, PNG, WebP and TIFF of all eight, and of one too many"
    ) {
      val turned = of("turned").filter(_.get("orientation").asText == orientation)
      assert(turned.size === 34)
      turned.foreach(requireEqual(s"fit = none, orientation = $orientation", _))
    }
  }

  test("images are turned before they are resized, so that width and height change places") {
    val resized = of("resized")
    assert(resized.size === 32)
    resized.foreach { answer =>
      val (orientation, method) = (answer.get("orientation").asText, answer.get("resize").asText)
      requireEqual(s"size = [9, 14], resize = $method, orientation = $orientation", answer)
    }
  }

  test("channels of turned images, of WebP and of TIFF") {
    Seq("turned_6.webp", "rgb_lzw.tiff", "turned_5.jpg", "turned_8.png").foreach { name =>
      val settings = "fit = none, orientation = exif"
      val colours = convert(settings, file(name))._2.grouped(3).toSeq
      val reversed = convert(s"$settings, channels = bgr", file(name))._2.grouped(3).toSeq
      assert(reversed === colours.map(_.reverse), name)
      val (shape, grey) = convert(s"$settings, channels = grayscale", file(name))
      assert(shape === convert(settings, file(name))._1.init :+ 1L, name)
      grey.zip(colours).foreach { case (found, colour) =>
        val wanted = 0.2989 * colour(0) + 0.587 * colour(1) + 0.114 * colour(2)
        assert(math.abs(found - wanted) <= 2, name)
      }
    }
  }

  private val prefix = "the image cannot be decoded: it is"
  private val other = "image, which layertap cannot decode; convert it to JPEG or PNG"
  private def kind(text: String) =
    s"$prefix a TIFF image $text, which layertap cannot decode; convert it to PNG"
  private def floats(sample: String) =
    s"$prefix a TIFF image of floats with a sample of $sample; samples of floats are taken to be" +
      " from 0 (black) to 1; scale them, or convert it to PNG"

  private val reasons = Map(
    "avif.avif" -> s"$prefix an AVIF $other",
    "big.tiff" -> s"$prefix a BigTIFF $other",
    "cmyk_jpeg.tiff" -> kind("of CMYK, compressed as JPEG"),
    "float_nan.tiff" -> floats("NaN"),
    "lab.tiff" -> kind("of CIE L*a*b*"),
    "signed_32_bits.tiff" -> kind("of 32 bits a sample (not unsigned) and 1 samples a pixel"),
    "ycbcr.tiff" -> kind("of YCbCr that is not compressed as JPEG"),
    "zstandard.tiff" -> kind("with the compression Zstandard")
  )

  test("what is not decoded is refused by its kind") {
    of("refused").map(name).filterNot(_ == "float_to_255.tiff").foreach { name =>
      assert(refused(file(name)) === reasons(name))
    }
    assert(
      refused(file("float_to_255.tiff")).matches(
        floats("_")
          .replaceAll("([().])", "\\\\$1")
          .replace("_", "\\d+\\.0")
      )
    )
  }

  test("HEIC and AVIF are told by all of their brands") {
    def media(brands: String*): Array[Byte] = {
      val text = s"ftyp${brands.head}\u0000\u0000\u0000\u0000${brands.tail.mkString}"
      val box = text.getBytes("ISO-8859-1")
      ByteBuffer.allocate(100).putInt(box.length + 4).put(box).array
    }
    Seq("heic", "heix", "hevc", "mif1", "msf1").foreach { brand =>
      assert(refused(media(brand, "mif1", "miaf")) === s"$prefix a HEIC $other", brand)
    }
    assert(refused(media("mif1", "miaf", "avif")) === s"$prefix an AVIF $other")
    assert(refused(media("avis", "msf1")) === s"$prefix an AVIF $other")
    assert(refused(media("isom", "mp42")) contains "not a JPEG, PNG, GIF, BMP, WebP or TIFF image")
  }

  test("other formats of images and what stands in an image's place are named, with a remedy") {
    def latin(text: String): Array[Byte] = text.getBytes("ISO-8859-1")
    val xml = "<?xml version=\"1.0\"?>\n<!-- by\n<svg> -->\n"
    Seq(
      "<svg xmlns=\"\">" -> "an SVG",
      s"\u00ef\u00bb\u00bf$xml<!-- twice --><svg:svg>" -> "an SVG",
      s"$xml<!DOCTYPE svg PUBLIC \"\" [ <!ENTITY a \"b\"> ]>" -> "an SVG",
      "8BPS\u0000\u0001" -> "a PSD",
      "\u0000\u0000\u0001\u0000\u0001\u0000" -> "an ICO",
      "\u00ff\u004f\u00ff\u0051" -> "a JPEG 2000",
      "II\u00bc\u0001" -> "a JPEG XR",
      "P6\n2 2\n255\n" -> "a Netpbm",
      "P7\nWIDTH 2\n" -> "a Netpbm",
      "%!PS-Adobe-3.0 EPSF-3.0" -> "an EPS",
      "v/1\u0001" -> "an OpenEXR",
      "#?RADIANCE\n" -> "a Radiance HDR",
      s"${"\u0000" * 128}DICM" -> "a DICOM",
      "SIMPLE  =                    T" -> "a FITS"
    ).foreach { case (start, format) =>
      assert(refused(latin(start + " " * 300)) === s"$prefix $format $other", format)
    }
    assert(
      refused(latin("%PDF-1.7\n")) === s"$prefix a PDF, which layertap cannot decode;" +
        " convert its pages to JPEG or PNG"
    )
    assert(
      refused(Base64.getEncoder.encode(file("rgb_raw.tiff"))) ===
        s"$prefix a text in base64, and no image; decode it first, in SQL by unbase64"
    )
    assert(
      refused(latin("version https://git-lfs.example/spec/v1\noid sha256:0\n")) ===
        s"$prefix a pointer of Git LFS to a file, and no image; fetch the files by git lfs pull"
    )
    // Of many comments each could end at the end of any later one.
    val comments = "<!-- a -->" * 400 + "<html>"
    Seq("<html><svg></svg>", "P6 of 7", "<svgs>", "a <svg>", comments).foreach { text =>
      assert(refused(latin(text)).contains("not a JPEG, PNG, GIF, BMP, WebP or TIFF image"), text)
    }
  }

  test("of a data: URI only what is behind its comma is to be decoded, and that is an image") {
    val whole = file("rgb_raw.tiff")
    val uri = "data:image/tiff;base64," + Base64.getEncoder.encodeToString(whole)
    // As Spark's unbase64 does.
    def decoded(text: String) = Base64.getMimeDecoder.decode(text)
    val remedy =
      "decode only what is behind its comma, in SQL by unbase64(substring_index(c, ',', -1)) of a column c"
    val found = s"$prefix a data: URI with an image in base64"
    assert(refused(uri.getBytes) === s"$found, and no image; $remedy")
    assert(refused(decoded(uri)) === s"$found, decoded from its beginning; $remedy")
    val (shape, _) = convert("fit = none", decoded(uri.split(",").last))
    assert(shape === Seq(23L, 31L, 3L))
  }

  test("a format that is known and not decoded is no image, as where other files stand between") {
    Seq("%PDF-1.7\n", "<svg>", "8BPS", "%!PS-Adobe").foreach { start =>
      val thrown = intercept[BadRowException](convert("fit = none", (start + " " * 300).getBytes))
      assert(thrown.fault === BadRowException.Fault.NO_IMAGE, start)
    }
    val damaged = intercept[BadRowException](convert("fit = none", file("rgb_raw.tiff").take(7)))
    assert(damaged.fault === BadRowException.Fault.OTHER)
  }

  test("files that end early, or hold less than they say, are damaged") {
    def damaged(format: String) = s"$prefix a damaged $format image"
    Seq("lossy_75", "lossless", "animated", "lossy_alpha", "animated_beside").foreach { name =>
      val whole = file(s"$name.webp")
      Seq(20, 40, whole.length / 2).filter(_ < whole.length / 2 + 1).foreach { length =>
        assert(refused(whole.take(length)) === damaged("WebP"), s"$name $length")
      }
    }
    Seq("rgb_raw", "rgb_lzw", "rgb_deflate", "rgb_packbits", "rgb_jpeg", "bilevel_group4", "tiles")
      .foreach { name =>
        val whole = file(s"$name.tiff")
        Seq(7, whole.length / 2).foreach { length =>
          assert(refused(whole.take(length)) === damaged("TIFF"), s"$name $length")
        }
      }
    // One strip, whose length is what its tag says, without the half of what it shall hold.
    Seq("raw", "lzw", "deflate", "packbits").foreach { compression =>
      val whole = file(s"rgb_$compression.tiff")
      val buffer = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN)
      val entry = entryOf(buffer, 279)
      buffer.putInt(entry + 8, buffer.getInt(entry + 8) / 2)
      assert(refused(whole) === damaged("TIFF"), compression)
    }
  }

  private def entryOf(tiff: ByteBuffer, tag: Int): Int = {
    val start = tiff.getInt(4)
    (0 until tiff.getShort(start).toInt)
      .map(start + 2 + 12 * _)
      .find(entry => (tiff.getShort(entry) & 0xffff) == tag)
      .get
  }

  private def changed(name: String, tag: Int, value: Int): Array[Byte] = {
    val bytes = file(name)
    val buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
    val entry = entryOf(buffer, tag)
    buffer.putShort(entry + 2, 4.toShort).putInt(entry + 8, value)
    bytes
  }

  test("a header that says another size than the pixels that follow is damaged") {
    assert(refused(changed("rgb_deflate.tiff", 256, 3000)) === s"$prefix a damaged TIFF image")
    val larger = changed("tiles.tiff", 322, 3000)
    assert(refused(larger) === s"$prefix a damaged TIFF image")
    val webp = file("metadata.webp")
    // The canvas of VP8X.
    webp(24) = (webp(24) + 1).toByte
    assert(refused(webp) === s"$prefix a damaged WebP image")
  }

  test("max-pixels counts what the decoder makes, not what the header says alone") {
    def limit(pixels: Int) = s"fit = none, max-pixels = $pixels"
    val many = "make it smaller or raise max-pixels"
    Seq("lossy_75.webp", "animated_beside.webp", "rgb_lzw.tiff", "tiles.tiff").foreach { name =>
      val pixels = Map("lossy_75.webp" -> 83 * 62, "animated_beside.webp" -> 41 * 30)
        .getOrElse(name, if (name == "tiles.tiff") 32 * 32 else 31 * 23)
      assert(convert(limit(pixels), file(name))._1.last === 3)
      assert(refused(file(name), limit(pixels - 1)).endsWith(s"max-pixels = ${pixels - 1}; $many"))
    }
    assert(
      refused(changed("tiles.tiff", 322, 60000), limit(100000)) ===
        ("the image is too large: the TIFF has 31 x 23 pixels, which take the memory of 1920000," +
          s" more than max-pixels = 100000; $many")
    )
    assert(
      refused(file("double.tiff"), limit(1000)) ===
        ("the image is too large: the TIFF has 31 x 23 pixels, which take the memory of 1426," +
          s" more than max-pixels = 1000; $many")
    )
  }

  test("a JPEG in a TIFF that is larger than its place is not decoded") {
    val small = changed("rgb_jpeg.tiff", 256, 5)
    assert(refused(small) === s"$prefix a damaged TIFF image")
  }

  test("EXIF data that is damaged turns nothing") {
    val photo = file("turned_6.png")
    val at = photo.indexOfSlice("eXIf".getBytes)
    // Where the directory is.
    photo(at + 4 + 7) = 0x7f
    val (shape, values) = convert("fit = none, orientation = exif", photo)
    val stored = of("turned").find(_.get("array").asText == "ignore/turned_6.png").get
    assert(
      (shape, values) === ((
        arrays("ignore/turned_6.png").shape,
        arrays(stored.get("array").asText).floats.toSeq
      ))
    )
  }

  test("plans are compared by options of which orientation is one where it is not ignored") {
    val older = "ImageOptions[size=[2, 3], fit=STRETCH, resize=BILINEAR, antialias=false," +
      " centerCrop=[], channels=RGB, preprocessing=NONE, scaling=PixelScaling[scale=1.0, mean=[]," +
      " deviation=[]], maxPixels=100000000"
    assert(ImageConfig.options("size = [2, 3]").toString === s"$older]")
    val turned = ImageConfig.options("size = [2, 3], orientation = exif").toString
    assert(turned === s"$older, orientation=EXIF]")
    assert(ImageConfig.options("fit = none, orientation = exif").resizedTo(2, 3).isTurned)
  }
}

package layertap.extract.serving

import java.math.{BigDecimal => JavaDecimal, BigInteger}
import java.net.URI
import java.nio.ByteBuffer
import java.nio.file.{FileSystems, Path}
import java.time.{Instant, LocalDate}
import java.util.concurrent.atomic.{AtomicLong, DoubleAdder}
import java.util.{List => JavaList, Map => JavaMap}
import layertap.failure.BadRowException
import layertap.graph.{TensorId, TensorShape}
import layertap.input.feed.{FeedConversion, PlannedFeed}
import layertap.input.image.RawImage
import layertap.input.value.NumberList
import layertap.testing.{ImageConfig, Plans, TempFolder}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Which values of plain Java a feed takes, and how they are found in a row. */
class PlainValuesTest extends AnyFunSuite {

  private def feed(dtype: DataType, conversion: FeedConversion, columns: String*): PlannedFeed = {
    val placeholder = new TensorId("x", 0)
    val point = Plans.point(placeholder, dtype, TensorShape.unknown)
    PlannedFeed.of(point, columns.asJava, conversion)
  }

  private val numbers = new PlainValues(feed(DataType.DT_FLOAT, Plans.anyTensor, "x"))
  private val words = new PlainValues(feed(DataType.DT_STRING, Plans.anyTensor, "x"))
  private def images(more: String = "") =
    new PlainValues(feed(DataType.DT_FLOAT, ImageConfig.conversion(s"size = [2, 2] $more"), "x"))
  private val paths = images(", holds = paths")

  private def refused(body: => Any): String = intercept[BadRowException](body).getMessage

  test("arrays of numbers are not copied number by number, at any depth") {
    for (array <- Seq(Array(1f, 2f), Array(1.0, 2.0), Array(1, 2), Array(1L, 2L))) {
      val list = numbers.of(array)
      assert(list.isInstanceOf[NumberList])
      assert(list === array.toSeq.asInstanceOf[Seq[AnyRef]].asJava)
    }
    val nested = numbers.of(Array(Array(1f, 2f), Array(3f))).asInstanceOf[JavaList[AnyRef]]
    assert(nested.asScala.forall(_.isInstanceOf[NumberList]))
    assert(nested === JavaList.of(JavaList.of(1f, 2f), JavaList.of(3f)))
    assert(numbers.of(Array[Short](1, -2)) === JavaList.of(1, -2))
    assert(numbers.of(Array(true, false)) === JavaList.of(true, false))
    assert(numbers.of(JavaList.of(Array(1, 2), JavaList.of(3))).toString === "[[1, 2], [3]]")
    assert(words.of(Array("a", "b")) === JavaList.of("a", "b"))
  }

  test("numbers keep their value: large integers are decimals, which the conversions read whole") {
    val large = BigInteger.TWO.pow(70)
    assert(numbers.of(large) === new JavaDecimal(large))
    assert(numbers.of(new AtomicLong(7)) === 7L)
    val plain =
      Seq[Any](1.toByte, 2.toShort, 3, 4L, 5f, 6.0, JavaDecimal.TEN, true).map(
        _.asInstanceOf[AnyRef]
      )
    plain.foreach(value => assert(numbers.of(value) eq value))
    assert(
      refused(
        numbers.of(new DoubleAdder)
      ) === "a value of java.util.concurrent.atomic.DoubleAdder" +
        " cannot be fed; give bytes, a text, numbers, or arrays or lists of such"
    )
  }

  test("texts, characters and dates are texts; a date is no number") {
    assert(words.of(new java.lang.StringBuilder("ab")) === "ab")
    assert(words.of('c') === "c")
    assert(words.of(LocalDate.of(2026, 11, 26)) === "2026-11-26")
    assert(words.of(java.sql.Date.valueOf("2026-11-26")) === "2026-11-26")
    assert(
      refused(numbers.of(LocalDate.EPOCH)) === "the value is a date, of which no float32 is made;" +
        " give its number of days"
    )
    assert(
      refused(words.of(Instant.EPOCH)).startsWith("a value of java.time.Instant cannot be fed")
    )
    assert(refused(numbers.of(Array('c'))).startsWith("a value of char[] cannot be fed"))
    assert(refused(numbers.of(java.util.Set.of(1))).contains("cannot be fed; give bytes, a text"))
  }

  test("bytes are images or texts, and no numbers") {
    val bytes = Array[Byte](1, 2, 3)
    assert(images().of(bytes).asInstanceOf[Array[Byte]] eq bytes)
    assert(words.of(bytes).asInstanceOf[Array[Byte]] eq bytes)
    val buffer = ByteBuffer.wrap(bytes).position(1)
    assert(images().of(buffer).asInstanceOf[Array[Byte]] === Array[Byte](2, 3))
    assert(buffer.position() === 1)
    assert(
      refused(numbers.of(bytes)) === "the value is binary, of which no float32 is made; give an" +
        " int[] or a list of numbers"
    )
  }

  test("paths are for holds = paths") {
    assert(paths.of(Path.of("a", "b.jpg")) === Path.of("a", "b.jpg").toString)
    assert(paths.of(new java.io.File("b.jpg")) === "b.jpg")
    assert(paths.of(URI.create("file:///a%20b.jpg")) === "/a b.jpg")
    assert(paths.of("file:///c.jpg") === "file:///c.jpg")
    assert(
      refused(
        images().of(Path.of("b.jpg"))
      ) === "the value is a path; set image { holds = paths }," +
        " or give what is in the file"
    )
  }

  test("paths and URIs that lead elsewhere are not taken for files of this machine") {
    assert(paths.of(URI.create("a%20b.jpg")) === "a b.jpg")
    assert(paths.of(URI.create("FILE:/a.jpg")) === "/a.jpg")
    Seq("file://server/a.jpg", "file:a.jpg", "jar:file:/a.zip!/a.jpg", "https://server/a.jpg")
      .foreach { elsewhere =>
        assert(
          refused(paths.of(URI.create(elsewhere))) ===
            s"only files of this machine are read here, not '$elsewhere'"
        )
      }
    TempFolder.use { folder =>
      val zip = folder.resolve("photos.zip").toUri
      Using.resource(
        FileSystems.newFileSystem(URI.create(s"jar:$zip"), JavaMap.of("create", "true"))
      ) { inZip =>
        // This one is there, too.
        assert(
          refused(paths.of(inZip.getPath("/etc/hosts"))) ===
            s"only files of this machine are read here, not 'jar:$zip!/etc/hosts'"
        )
      }
    }
  }

  test("lists in lists are as deep as tensors can be, also where one holds itself") {
    val deepest = (1 to 254).foldLeft[Any](1f)((inner, _) => JavaList.of(inner))
    assert(numbers.of(deepest).isInstanceOf[JavaList[_]])
    val around = new java.util.ArrayList[Any]
    around.add(around)
    Seq(JavaList.of(deepest), around).foreach { deeper =>
      assert(refused(numbers.of(deeper)) === "the value has lists in lists, more than 254 deep")
    }
  }

  test("a map of Spark's image struct is an image, any other none") {
    val struct = JavaMap.of[String, Any](
      "height",
      1,
      "width",
      2,
      "nChannels",
      1,
      "data",
      Array[Byte](5, 6),
      "mode",
      0
    )
    val image = images().of(struct).asInstanceOf[RawImage]
    assert(image.bytes === 2)
    assert(images().of(image).asInstanceOf[AnyRef] eq image)
    val wide = new java.util.HashMap[String, Any](struct)
    wide.put("height", 1L)
    wide.put("width", 2.toShort)
    assert(images().of(wide).isInstanceOf[RawImage])
    assert(
      refused(numbers.of(JavaMap.of("a", 1))) === "the value is a map with [a]; name one of its" +
        " values in the feed: column = a.b"
    )
  }

  private val reader = new RowReader(
    JavaList.of(
      feed(DataType.DT_FLOAT, Plans.anyTensor, "photo.size", "weight"),
      feed(DataType.DT_FLOAT, Plans.anyTensor, "weight")
    )
  )

  test("columns are keys of a row, or of maps inside; the key of the whole name goes first") {
    assert(reader.columns === JavaList.of("photo.size", "weight"))
    val inner = JavaMap.of("photo", JavaMap.of("size", 2), "weight", 3, "other", new Object)
    assert(reader.read(inner) === Array[Any](2, 3, 3))
    val whole = JavaMap.of("photo", JavaMap.of("size", 2), "photo.size", 4, "weight", 3)
    assert(reader.read(whole) === Array[Any](4, 3, 3))
    val absent = new java.util.HashMap[String, Any](JavaMap.of("weight", 3))
    absent.put("photo", null)
    assert(reader.read(absent) === Array[Any](null, 3, 3))
  }

  test("a column that is not there is named, with the nearest") {
    assert(
      refused(reader.read(JavaMap.of("photo.size", 1, "wieght", 2))) === "weight: the row has no" +
        " such column; nearest: wieght, photo.size"
    )
    assert(
      refused(reader.read(JavaMap.of())) === "photo.size: the row has no such column, nor any other"
    )
    assert(
      refused(
        reader.read(JavaMap.of("photo.size", 1, "weight", new Object))
      ) === "weight: a value" +
        " of java.lang.Object cannot be fed; give bytes, a text, numbers, or arrays or lists of such"
    )
  }

  test("files of this machine are read; others, folders and what is not there are bad rows") {
    val files = new LocalNamedFiles
    val photo = Path.of("test-data/digits/digits.parquet").toAbsolutePath
    for (
      name <- Seq(
        photo.toString,
        s"file:$photo",
        s"file://$photo",
        "test-data/digits/digits.parquet"
      )
    )
      assert(files.read(name).length === java.nio.file.Files.size(photo))
    assert(refused(files.read("no.jpg")) === "there is no file 'no.jpg'")
    assert(refused(files.read("test-data")) === "'test-data' is a directory")
    assert(refused(files.read("")) === "'' is no path")
    assert(refused(files.read("a\u0000b")) === "'a\u0000b' is no path")
    assert(
      refused(
        files.read("s3a://bucket/a.jpg")
      ) === "only files of this machine are read here, not" +
        " 's3a://bucket/a.jpg'"
    )
  }
}

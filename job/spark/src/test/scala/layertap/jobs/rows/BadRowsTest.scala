package layertap.jobs.rows

import java.nio.file.Files
import layertap.testing.SameValues.assertSame
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import layertap.testing.TestData
import org.apache.spark.sql.types.{DataType, StructType}
import org.apache.spark.sql.{DataFrame, Row}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Every kind of bad row at every place of a partition, under error, skip and keep: each row is
  * accounted for once, and a good row has the features that it has without the bad ones.
  */
class BadRowsTest extends AnyFunSuite {
  import BadRowsTest._

  private val spark = SharedSpark.session
  private val view = "bad_rows"
  private val batch = 3

  /** The partitions of a kind: the bad row alone, first, last, between others, as a whole batch, as
    * a whole partition.
    */
  private val places = Seq("b", "bggg", "ggb", "gbg", "gggbbbg", "bbbbbbb")

  private def file(name: String): Array[Byte] =
    Files.readAllBytes(TestData.root.resolve("odd").resolve(name))

  /** A JPEG that says so many bits a sample of itself. */
  private def jpegOf(bits: Int): Array[Byte] = {
    val bytes = file("twelve_bit.jpg")
    val precision = bytes.indexOfSlice(Seq(0xff.toByte, 0xc0.toByte)) + 4
    bytes.updated(precision, bits.toByte)
  }

  private val undecodable = "the image cannot be decoded: it is"
  private val elsewhere = "image, which layertap cannot decode; convert it to JPEG or PNG"

  private def manyBits(bits: Int): Bad = Bad(
    s"JPEG of $bits bits",
    jpegOf(bits),
    s"$undecodable a JPEG image of $bits bits a sample, which TensorFlow cannot decode;" +
      " convert it to one of 8"
  )

  private val families = Seq(
    Family(
      "images",
      """model.path = test-data/models/any_size_keras3
        |feeds = [{ input = image, column = x, image { size = [8, 8] } }]
        |features = [conv, mean]""".stripMargin,
      "binary",
      id =>
        file(
          Seq("tiny.png", "alpha.png", "cmyk.jpg", "plain.gif", "lossy.webp", "plain.tiff")(id % 6)
        ),
      Seq(
        Bad("null", null, "the image is null"),
        Bad("empty", Array.emptyByteArray, "the image is empty (0 bytes)"),
        Bad(
          "HTML",
          file("page.jpg"),
          s"$undecodable not a JPEG, PNG, GIF, BMP, WebP or TIFF image; it starts with '<!DOCTYPE html>.'"
        ),
        Bad("truncated JPEG", file("truncated.jpg"), s"$undecodable a damaged JPEG image"),
        Bad("truncated PNG", file("truncated.png"), s"$undecodable a damaged PNG image"),
        Bad("truncated GIF", file("truncated.gif"), s"$undecodable a damaged GIF image"),
        Bad("truncated BMP", file("truncated.bmp"), s"$undecodable a damaged BMP image"),
        Bad("truncated WebP", file("lossy.webp").take(200), s"$undecodable a damaged WebP image"),
        Bad("truncated TIFF", file("plain.tiff").take(200), s"$undecodable a damaged TIFF image"),
        Bad("JPEG 2000", file("jpeg_2000.jp2"), s"$undecodable a JPEG 2000 $elsewhere"),
        manyBits(12),
        manyBits(16),
        Bad(
          "30,000 x 30,000",
          file("huge.png"),
          "the image is too large: the PNG has 30000 x 30000 pixels, more than max-pixels =" +
            " 100000000; make it smaller or raise max-pixels"
        )
      )
    ),
    Family(
      "tensors",
      """model.path = test-data/models/digits_keras3
        |feeds = [{ input = pixels, column = x, tensor { shape = [8, 8, 1] } }]
        |features = [conv1, softmax]
        |rows.non-finite = refuse""".stripMargin,
      "array<double>",
      id => Seq.tabulate(64)(i => (id * 7 + i) % 13 / 13.0),
      Seq(
        Bad("null", null, "the value is null"),
        Bad("null element", Seq.fill(63)(0.5) :+ null, "element 63 is null"),
        Bad("short", Seq.fill(63)(0.5), "a value of shape (63) does not fit (8, 8, 1)"),
        Bad("empty", Seq(), "a value of shape (0) does not fit (8, 8, 1)"),
        Bad("NaN", Seq.fill(64)(0.5).updated(9, Double.NaN), "element 9 is NaN"),
        Bad("infinity", Double.NegativeInfinity +: Seq.fill(63)(0.5), "element 0 is -Infinity"),
        Bad("too large", Seq.fill(64)(1e300), "1.0E300 does not fit into float32")
      )
    ),
    Family(
      "tokens of any number",
      """model.path = test-data/models/tokens_keras3
        |feeds = [{ input = tokens, column = x, sequence { pad = none } }]
        |features = [lstm, { layer = lstm, pool = avg, column = mean }]""".stripMargin,
      "array<double>",
      id => Seq.tabulate(1 + id % 4)(i => ((id + i) % 20).toDouble),
      Seq(
        Bad("null", null, "the sequence is null"),
        Bad("no steps", Seq(), "the sequence is empty"),
        Bad("null step", Seq(1.0, null), "step 1 is null"),
        Bad("beyond the vocabulary", Seq(3.0, 20.0), "the model refuses the values: "),
        // From -20 on Keras counts from the end.
        Bad("too negative", Seq(-21.0), "the model refuses the values: "),
        Bad("a fraction", Seq(1.5, 2.0), "1.5 is no whole number, as int32 wants"),
        Bad("too large", Seq(3e9), "3.0E9 does not fit into int32")
      )
    ),
    Family(
      "padded sequences of steps",
      """model.path = test-data/models/lstm_keras3
        |feeds = [{ input = events, column = x, sequence { pad = post } }]
        |features = ["lstm:sequence", "lstm:hidden"]""".stripMargin,
      "array<array<float>>",
      id => Seq.tabulate(1 + id % 12)(step => Seq.tabulate(100)(i => ((id + step * i) % 9) / 9f)),
      Seq(
        Bad("null", null, "the sequence is null"),
        Bad("null step", Seq(Seq.fill(100)(1f), null), "step 1 is null"),
        Bad("null number", Seq(Seq.fill(99)(1f) :+ null), "element 99 is null"),
        Bad("a short step", Seq(Seq.fill(99)(1f)), "step 0 has 99 values, not 100"),
        Bad("too many values", Seq(Seq.fill(101)(1f)), "step 0 has 101 values, not 100")
      )
    )
  )

  private def layout(family: Family): Seq[Seq[Given]] = {
    val ids = Iterator.from(0)
    for (kind <- family.kinds; place <- places) yield place.map { letter =>
      val id = ids.next()
      if (letter == 'b') Given(id, Some(kind), kind.value)
      else Given(id, None, family.good(id))
    }
  }

  /** A table with exactly these partitions. */
  private def table(family: Family, partitions: Seq[Seq[Given]]): Unit = {
    val rows = partitions.map(_.map(given => Row(given.id, given.value)))
    val distributed = spark.sparkContext
      .parallelize(rows.indices, rows.size)
      .flatMap(partition => rows(partition))
    val schema = new StructType().add("id", "int").add("x", DataType.fromDDL(family.columnType))
    spark.createDataFrame(distributed, schema).createOrReplaceTempView(view)
  }

  private def job(family: Family, onInvalid: String): String =
    s"""${family.job}
       |input { table = $view, keep = id }
       |rows.on-invalid = $onInvalid
       |run.batch-size = $batch
       |output { key = id, mode = overwrite }""".stripMargin

  /** What stands between the identifier and the error. */
  private def features(row: Row): Seq[Any] =
    row.schema.fieldNames.toSeq.filterNot(Set("id", "_error")).map(row.getAs[Any](_))

  private def features(rows: DataFrame): Map[Int, Seq[Any]] =
    rows.collect().map(row => row.getInt(0) -> features(row)).toMap

  families.foreach { family =>
    val partitions = layout(family)
    val all = partitions.flatten
    val good = all.filter(_.kind.isEmpty)

    test(s"${family.name}, keep and skip: every row once, good ones as without the bad") {
      JobFolder.use { folder =>
        table(family, Seq(good))
        val clean = features(folder.extracted(job(family, "error")))
        assert(clean.keySet === good.map(_.id).toSet)
        table(family, partitions)

        val kept = folder.extracted(job(family, "keep")).collect().toSeq
        assert(kept.map(_.getInt(0)).sorted === all.map(_.id))
        val byId = kept.map(row => row.getInt(0) -> row).toMap
        all.foreach { given =>
          val row = byId(given.id)
          given.kind match {
            case None      => assert(row.getAs[String]("_error") === null)
            case Some(bad) =>
              assert(features(row).forall(_ == null), bad.name)
              assert(row.getAs[String]("_error").startsWith(expected(bad)), bad.name)
          }
        }
        assertSame(clean.keys.map(id => id -> features(byId(id))).toMap, clean)
        assertCounts(folder, read = all.size, skipped = 0, invalid = all.size - good.size)

        val skipped = folder.extracted(job(family, "skip"))
        assert(skipped.collect().map(_.getInt(0)).sorted === good.map(_.id))
        assertSame(features(skipped), clean)
        val bad = all.size - good.size
        assertCounts(folder, read = all.size, skipped = bad, invalid = bad)
      }
    }

    test(s"${family.name}, error: each kind fails the job, named by its key") {
      family.kinds.foreach { bad =>
        JobFolder.use { folder =>
          table(family, Seq(Seq(good.head, Given(77, Some(bad), bad.value), good.last)))
          val command = folder.extract(job(family, "error"))
          assert(command.code === 2, bad.name)
          val named = s"cannot extract the row id=77: ${expected(bad)}"
          assert(command.message.startsWith(named), command.message)
          assert(folder.names === Seq("job.conf"), bad.name)
        }
      }
    }
  }

  private def expected(bad: Bad): String =
    if (bad.reason.startsWith("the model refuses")) bad.reason else s"x: ${bad.reason}"

  private def assertCounts(folder: JobFolder, read: Int, skipped: Int, invalid: Int): Unit = {
    val counts = folder.manifest.get("rows")
    val found = Seq("read", "written", "skipped", "invalid").map(counts.get(_).asInt)
    assert(found === Seq(read, read - skipped, skipped, invalid))
    assert(counts.properties.asScala.size === 4)
  }
}

object BadRowsTest {

  /** @param reason that `_error` gives, after the name of the column */
  final case class Bad(name: String, value: Any, reason: String)

  final case class Family(
      name: String,
      job: String,
      columnType: String,
      good: Int => Any,
      kinds: Seq[Bad]
  )

  /** A row of the input; good ones have no kind. */
  final case class Given(id: Int, kind: Option[Bad], value: Any)
}

package layertap.jobs.rows

import java.nio.file.{Files, Path}
import layertap.testing.SameValues.assertSame
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import layertap.testing.TestData
import org.apache.spark.ml.linalg.Vectors
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite

/** Where rows come from, and the forms that values have there. */
class SourcesTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  import spark.implicits._

  private def images(input: String, feed: String, more: String = ""): String =
    s"""model.path = test-data/models/any_size_keras3
       |input { $input }
       |feeds = [{ input = image, $feed }]
       |features = [{ layer = conv, at = input, column = pixels }]
       |$more""".stripMargin

  private val files = Seq("odd/tiny.png", "odd/baseline.jpg", "odd/grayscale.png", "odd/alpha.png")

  private def absolute(file: String): String = TestData.root.resolve(file).toAbsolutePath.toString

  /** The pixels of the files, by the last part of their names. */
  private lazy val expected: Map[String, Seq[Any]] = JobFolder.use { folder =>
    val paths = files.map(file => s"\"${absolute(file)}\"").mkString("[", ", ", "]")
    val feed = "column = content, image { fit = none }"
    val rows = folder.extracted(images(s"path = $paths, keep = path", feed)).collect()
    rows.map(row => Path.of(row.getString(0)).getFileName.toString -> row.getSeq[Any](1)).toMap
  }

  test("a column of paths and URIs: the files are read, those that are not there are bad rows") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in").toString
      val uris = Seq(
        "tiny.png" -> absolute("odd/tiny.png"),
        "baseline.jpg" -> s"file://${absolute("odd/baseline.jpg")}",
        "missing" -> "/nowhere/at.png",
        "folder" -> absolute("odd"),
        "scheme" -> "nofs://bucket/a.png",
        "none" -> null,
        "nopath" -> ""
      )
      uris.toDF("name", "uri").write.parquet(in)
      val input = s"""format = parquet, path = "$in", keep = name"""
      val feed = "column = uri, image { fit = none, holds = paths }"
      val rows = folder.extracted(images(input, feed, "rows.on-invalid = keep")).collect()
      val byName = rows.map(row => row.getString(0) -> row).toMap
      Seq("tiny.png", "baseline.jpg").foreach { name =>
        assert(byName(name).getSeq[Any](1) === expected(name))
      }
      def reason(name: String) = byName(name).getAs[String]("_error")
      assert(reason("missing") === "uri: there is no file '/nowhere/at.png'")
      assert(reason("folder") === s"uri: '${absolute("odd")}' is a directory")
      assert(reason("scheme") === "uri: no file system reads 'nofs://bucket/a.png'")
      assert(reason("none") === "uri: the path is null")
      assert(reason("nopath") === "uri: '' is no path")
    }
  }

  test("Spark's image struct gives the pixels of the file") {
    JobFolder.use { folder =>
      val in = Files.createDirectory(folder.path.resolve("in"))
      val lossless = Seq("odd/tiny.png", "odd/grayscale.png", "odd/alpha.png")
      lossless.foreach { file =>
        val from = TestData.root.resolve(file)
        Files.copy(from, in.resolve(from.getFileName))
      }
      Files.writeString(in.resolve("bad.png"), "no image")
      val input = s"""format = image, path = "$in", select { name = image.origin }, keep = name"""
      val feed = "column = image, image { fit = none }"
      val rows = folder.extracted(images(input, feed, "rows.on-invalid = keep")).collect()
      assert(rows.length === 4)
      val found = rows.map(row => Path.of(row.getString(0)).getFileName.toString -> row).toMap
      lossless.map(file => Path.of(file).getFileName.toString).foreach { name =>
        assert(found(name).getSeq[Any](1) === expected(name), name)
      }
      val reason = "image: the image is one that Spark could not read"
      assert(found("bad.png").getAs[String]("_error") === reason)
    }
  }

  test(
    "an image struct's sizes may be of any whole type; what else they are is said before a row"
  ) {
    spark.read
      .format("image")
      .load(absolute("odd/tiny.png"))
      .selectExpr("image.*")
      .createOrReplaceTempView("read_images")
    def made(height: String, channels: String = "nChannels", data: String = "data") = {
      val sizes = s"'height', $height, 'width', smallint(width), 'nChannels', $channels"
      s"""table = read_images, select { image = "named_struct($sizes, 'data', $data)" }"""
    }
    def job(input: String) = images(input, "column = image, image { fit = none }")
    def row(input: String) =
      JobFolder.use(_.extracted(job(input) + "rows.on-invalid = keep").head())
    assert(row(made("bigint(height)")).getSeq[Any](0) === expected("tiny.png"))
    def error(input: String) = row(input).getAs[String]("_error")
    assert(
      error(
        made("height", "bigint(2)")
      ) === "image: the image struct has nChannels = 2, not 1, 3" +
        " or 4"
    )
    assert(
      error(made("4294967296")).matches(
        "image: the image struct has \\d+ bytes, not height x width x channels =" +
          " 4294967296 x \\d+ x \\d of one byte each"
      )
    )
    def refused(input: String) = {
      val command = JobFolder.use(_.extract(job(input)))
      assert(command.code === 2, command.log)
      command.message
    }
    assert(
      refused(made("double(height)")).endsWith(
        ", whose height is double, no whole number; cast it to int in input.select"
      )
    )
    assert(
      refused(made("height", data = "'none'")).endsWith(
        ", whose data is string, not binary; cast it to binary in input.select"
      )
    )
  }

  test("a table, of a catalog or a view, with a binary column") {
    JobFolder.use { folder =>
      val bytes = Files.readAllBytes(TestData.root.resolve("odd/tiny.png"))
      Seq(1 -> bytes, 2 -> bytes).toDF("id", "picture").createOrReplaceTempView("pictures")
      val feed = "column = picture, image { fit = none }"
      val rows = folder.extracted(images("table = pictures, keep = id", feed)).collect()
      assert(rows.map(_.getInt(0)).sorted === Array(1, 2))
      assert(rows.forall(_.getSeq[Any](1) === expected("tiny.png")))
    }
  }

  private val tokens =
    """model.path = test-data/models/digits_keras3
      |features = [{ layer = conv1, at = input, column = fed }, softmax]
      |rows.on-invalid = keep
      |""".stripMargin

  private def tensor(folder: JobFolder, more: String = ""): String =
    s"""$tokens
       |input { format = parquet, path = "${folder.path}/in", keep = id }
       |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
       |$more""".stripMargin

  test("vectors of Spark ML, dense and sparse, arrays of any numbers") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in").toString
      val sparse = Vectors.sparse(64, Seq(3 -> 2.0, 60 -> 5.0))
      Seq(0 -> sparse, 1 -> sparse.toDense).toDF("id", "pixels").write.parquet(in)
      val rows = folder.extracted(tensor(folder)).collect()
      assert(rows.map(_.getSeq[Float](1)).forall(_ == sparse.toArray.map(_.toFloat).toSeq))
    }
    Seq("double", "int", "bigint", "smallint", "decimal(10,2)", "boolean").foreach { kind =>
      JobFolder.use { folder =>
        val in = folder.path.resolve("in").toString
        val cast = s"transform(sequence(0, 63), x -> cast(x % 2 AS $kind))"
        spark.range(1).selectExpr("id", s"$cast AS pixels").write.parquet(in)
        val row = folder.extracted(tensor(folder)).collect()(0)
        assert(row.getSeq[Float](1) === (0 until 64).map(_ % 2f), kind)
      }
    }
  }

  test("NaN and infinities: values by default, with non-finite = refuse invalid rows") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in").toString
      val zeros = Seq.fill(64)(0f)
      val rows = Seq(
        0 -> zeros,
        1 -> zeros.updated(5, Float.NaN),
        2 -> zeros.updated(63, Float.NegativeInfinity),
        3 -> Seq.fill(64)(Float.MaxValue)
      )
      rows.toDF("id", "pixels").repartition(1).write.parquet(in)
      val allowed = folder.extracted(tensor(folder)).collect()
      assert(allowed.forall(_.isNullAt(3)))
      val settings = "rows.non-finite = refuse\noutput.mode = overwrite"
      val refused = folder.extracted(tensor(folder, settings)).orderBy("id").collect()
      def softmax(row: Row) = Map(row.getInt(0) -> Seq(row.get(2)))
      assertSame(softmax(refused(0)), softmax(allowed.find(_.getInt(0) == 0).get))
      assert(refused(0).isNullAt(3))
      assert(refused(1).getString(3) === "pixels: element 5 is NaN")
      assert(refused(2).getString(3) === "pixels: element 63 is -Infinity")
      assert(refused(3).getString(3) === "the feature softmax: element 0 is NaN")
    }
  }
}

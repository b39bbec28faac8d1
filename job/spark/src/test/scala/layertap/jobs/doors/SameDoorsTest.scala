package layertap.jobs.doors

import java.nio.file.{Files, Path}
import java.util.{Map => JavaMap}
import layertap.extract.{ExtractedRow, Extractor}
import layertap.spark.schema.FeatureSchema
import layertap.testing.SameValues.assertSameRows
import layertap.spark.featurizer.Featurizers
import layertap.testing.{JobFolder, SharedSpark, StoredAnswers}
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Rows of plain Java beside the file of a job with the same configuration. */
class SameDoorsTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private val digits =
    """model { path = test-data/models/digits_keras3 }
      |input { format = parquet, path = test-data/digits, where = "id < 17", keep = [id] }
      |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
      |features = [
      |  softmax
      |  { layer = conv2, pool = avg, normalize = l2, as = vector, column = embedding }
      |  { layer = conv2, as = nested, column = map }
      |  { layer = conv2, store = float16, column = halves }
      |  { layer = conv2, store = bfloat16, column = short }
      |  { gradient { of = dense, class = { column = label }, wrt = pixels }, column = saliency }
      |]""".stripMargin

  private val events =
    """model { path = test-data/models/lstm_keras3 }
      |input { format = parquet, path = test-data/events, keep = [id] }
      |feeds = [{ input = events, column = events, sequence { max-length = 10, pad = pre } }]
      |features = [
      |  "lstm:sequence", "lstm:hidden"
      |  { layer = "lstm", output = sequence, pool = avg, column = mean }
      |  { layer = "lstm", output = sequence, pool = last, column = last }
      |]""".stripMargin

  private val photos =
    """model { path = test-data/models/mobilenet_v2_keras3 }
      |input { format = image-files, path = test-data/images, keep = [path] }
      |feeds = [
      |  { input = keras_tensor, column = content
      |    image { size = [96, 96], resize = bicubic, preprocessing = mobilenet_v2 } }
      |]
      |features = [{ layer = out_relu, pool = avg, column = embedding }, block_6_expand_BN]""".stripMargin

  private def extractor(configuration: String, more: (String, Any)*): Extractor = {
    val builder =
      Extractor.builder.configuration(s"layertap {\n$configuration\n}").warnings(_ => ())
    more.foreach { case (key, value) => builder.set(key, value) }
    builder.open()
  }

  /** The rows of an input in the order of its only partition, as plain Java. */
  private def inputs(where: String, path: String, columns: String*): Seq[JavaMap[String, Any]] =
    spark.read
      .parquet(path)
      .where(where)
      .collect()
      .toSeq
      .map(row => columns.map(column => column -> plain(row.getAs[Any](column))).toMap.asJava)

  private def plain(value: Any): Any = value match {
    case list: scala.collection.Seq[_] => list.map(plain).asJava
    case other                         => other
  }

  /** The features of the job's rows, flat, whatever their columns are. */
  private def stored(rows: Seq[Row]): Seq[Seq[Any]] = {
    val features = FeatureSchema.of(rows.head.schema).features.asScala.toSeq
    rows.map(row => features.map(feature => flat(feature.read(row).values)))
  }

  private def flat(values: Any): Seq[Any] = values match {
    // Spark's vectors are of doubles.
    case doubles: Array[Double] => doubles.toSeq.map(_.toFloat)
    case floats: Array[Float]   => floats.toSeq
    case ints: Array[Int]       => ints.toSeq
  }

  private def extracted(rows: Seq[ExtractedRow]): Seq[Seq[Any]] =
    rows.map(_.features.values.asScala.toSeq.map(feature => flat(feature.values)))

  /** The same bits in a list, of which a job's batches are made; but for rounding one by one. */
  private def assertEqual(configuration: String, rows: Seq[JavaMap[String, Any]]): Unit =
    JobFolder.use { folder =>
      val job = folder.extracted(configuration).coalesce(1).collect().toSeq
      assert(job.size === rows.size)
      Using.resource(extractor(configuration)) { extractor =>
        val found = extractor.extract(rows.asJava).asScala.toSeq
        val names = FeatureSchema.of(job.head.schema).features.asScala.map(_.column)
        assert(extractor.features.asScala === names)
        assertSameRows(extracted(found), stored(job), "the same batches", tolerance = 0)
        val shapes = FeatureSchema.of(job.head.schema).features.asScala.toSeq
        found.zip(job).foreach { case (a, b) =>
          shapes.foreach { feature =>
            assert(a.feature(feature.column).shape === feature.read(b).shape)
          }
        }
        assertSameRows(extracted(rows.map(extractor.extract(_))), stored(job), "one by one")
      }
    }

  /** One by one the same bits as a job that takes row by row, if each runs beside a copy of itself
    * there, too.
    */
  private def assertEqualAlone(configuration: String, rows: Seq[JavaMap[String, Any]]): Unit =
    JobFolder.use { folder =>
      val job = folder.extracted(s"$configuration\nrun.batch-size = 1").coalesce(1).collect().toSeq
      assert(job.size === rows.size)
      val builder = Extractor.builder.configuration(s"layertap {\n$configuration\n}")
      Using.resource(builder.warnings(_ => ()).rowsAloneAsInJobs().open()) { extractor =>
        val found = extracted(rows.map(extractor.extract(_)))
        assertSameRows(found, stored(job), "row by row", tolerance = 0)
      }
    }

  test("digits: all forms of a feature, and a derivative with a class in a column") {
    assertEqual(digits, inputs("id < 17", "test-data/digits", "pixels", "label"))
  }

  test("sequences: padded, pooled over their true lengths") {
    assertEqual(events, inputs("true", "test-data/events", "events"))
  }

  test("digits: row by row beside a copy of itself, as in a job with batches of one") {
    assertEqualAlone(digits, inputs("id < 17", "test-data/digits", "pixels", "label"))
  }

  test("two inputs: a model inside a model, and a layer that is called twice") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in").toString
      val answers = StoredAnswers.of(Path.of("test-data/models/branches_keras3"))
      // More rows than a batch, and a last one that is alone.
      (0 until 5)
        .map(i => Featurizers.answered(answers).where(s"id < 2 AND $i * 2 + id < 9"))
        .reduce(_ union _)
        .coalesce(1)
        .write
        .parquet(in)
      val configuration =
        s"""model { path = test-data/models/branches_keras3 }
           |input { format = parquet, path = "$in", keep = [id] }
           |feeds = [
           |  { input = left, column = left, tensor {} }
           |  { input = right, column = right, tensor {} }
           |]
           |features = [difference, head, { layer = "encoder/hidden", column = hidden }]""".stripMargin
      val rows = inputs("true", in, "left", "right")
      assert(rows.size === 9)
      assertEqual(configuration, rows)
    }
  }

  test("rows along another axis than the first, and a model that takes one row at a time") {
    for (
      (model, column, output, axis) <- Seq(
        ("stacked_module", "numbers", "states", "1"),
        ("one_image_module", "png", "any_size", "none")
      )
    ) {
      val stored = s"test-data/odd-models/$model.parquet"
      val configuration =
        s"""model { path = test-data/odd-models/$model }
           |input { format = parquet, path = $stored, where = "id < 5", keep = [id] }
           |feeds = [{ input = $column, column = $column, tensor {} }]
           |features = [{ output = $output, column = $output, batch-axis = $axis }]
           |run.batch-size = 4""".stripMargin
      assertEqual(configuration, inputs("id < 5", stored, column))
    }
  }

  test("photos: bytes of JPEG, PNG, GIF and BMP through a network of more than fifty layers") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in").toString
      spark.read
        .format("binaryFile")
        .option("recursiveFileLookup", true)
        .load("test-data/images")
        .select("path", "content")
        .coalesce(1)
        .write
        .parquet(in)
      val rows = inputs("true", in, "content")
      assert(rows.size === 17)
      val fromTable = photos.replace(
        "format = image-files, path = test-data/images",
        s"""format = parquet, path = "$in""""
      )
      assertEqual(fromTable, rows)
      assertEqualAlone(fromTable, rows)
    }
  }

  test("photos: the files of a folder, which a job reads in an order of its own") {
    JobFolder.use { folder =>
      val job = folder.extracted(photos).coalesce(1).collect().toSeq
      val files = job.map(row => Path.of(java.net.URI.create(row.getAs[String]("path"))))
      val rows = files.map(file => JavaMap.of("content", Files.readAllBytes(file)))
      Using.resource(extractor(photos)) { extractor =>
        val found = extracted(extractor.extract(rows.asJava).asScala.toSeq)
        // Files of a partition are read largest first: other rows share a batch.
        assertSameRows(found, stored(job))
      }
    }
  }

  test("keep: the same reasons as in a job's _error") {
    JobFolder.use { folder =>
      val bad = folder.path.resolve("in").toString
      spark
        .sql(
          """SELECT * FROM VALUES
            |  (0, array(1f, 2f)), (1, null), (2, array_repeat(0.5f, 64)), (3, array_repeat(null, 64))
            |  AS t(id, pixels)""".stripMargin
        )
        .coalesce(1)
        .write
        .parquet(bad)
      val configuration =
        s"""model { path = test-data/models/digits_keras3 }
           |input { format = parquet, path = "$bad", keep = [id] }
           |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
           |features = [softmax]
           |rows.on-invalid = keep""".stripMargin
      val job = folder.extracted(configuration).orderBy("id").collect().toSeq
      val rows = spark.read.parquet(bad).orderBy("id").collect().toSeq.map { row =>
        val map = new java.util.HashMap[String, Any]
        map.put("pixels", plain(row.getAs[Any]("pixels")))
        map
      }
      Using.resource(extractor(configuration)) { extractor =>
        val errors = extractor.extract(rows.asJava).asScala.toSeq.map(_.error)
        assert(errors === job.map(row => Option(row.getAs[String]("_error")).getOrElse("")))
        assert(errors.count(_.nonEmpty) === 3)
      }
    }
  }
}

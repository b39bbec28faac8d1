package layertap.jobs.rows

import java.nio.{ByteBuffer, ByteOrder}
import java.nio.file.Files
import layertap.tensor.HalfFloats
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import layertap.testing.StoredAnswers
import layertap.testing.TestData
import org.apache.spark.ml.linalg.Vector
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite
import scala.collection.{Seq => AnySeq}
import scala.jdk.CollectionConverters._

/** The columns that features become, for the stored inputs of models, against their answers. */
class FeatureColumnsTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  import spark.implicits._

  /** The stored inputs of a model as rows, then everything of a job but its features. */
  private def job(folder: JobFolder, model: String, batchSize: Int = 8): String = {
    val inputs = StoredAnswers.of(TestData.model(model)).inputs
    val in = folder.path.resolve("in").toString
    val (keys, arrays) = inputs.toSeq.unzip
    val rows = (0 until arrays.head.shape.head.toInt).map(i => (i, arrays.map(_.row(i))))
    val columns = keys.indices.map(i => s"values[$i] AS `${keys(i)}`")
    rows.toDF("id", "values").selectExpr("id" +: columns: _*).write.parquet(in)
    val feeds = keys.map(key => s"""{ input = "$key", column = "$key", tensor {} }""")
    s"""model.path = test-data/models/$model
       |input { format = parquet, path = "$in", keep = id }
       |run.batch-size = $batchSize
       |feeds = [${feeds.mkString(", ")}]
       |""".stripMargin
  }

  private def flat(value: Any): Seq[Double] = value match {
    case values: AnySeq[_] => values.toSeq.flatMap(flat)
    case vector: Vector    => vector.toArray.toSeq
    case number: Number    => Seq(number.doubleValue)
    case truth: Boolean    => Seq(if (truth) 1.0 else 0.0)
  }

  private val models = TestData.models.filter { model =>
    Seq("cnn", "digits", "lstm", "tf1", "tokens").exists(model.startsWith(_))
  }

  models.foreach { model =>
    test(s"$model: all stored answers in one job, in columns of their types") {
      val answers = StoredAnswers.of(TestData.model(model)).answers.filter(_.hasOps)
      JobFolder.use { folder =>
        val features = answers.zipWithIndex.map { case (answer, i) =>
          s"{ ${answer.setting}, column = f$i }"
        }
        val written =
          folder.extracted(job(folder, model) + s"features = [${features.mkString(",")}]")
        val rows = written.orderBy("id").collect()
        answers.zipWithIndex.foreach { case (answer, i) =>
          val values = rows.toSeq.flatMap(row => flat(row.get(i + 1))).toArray
          assert(values.length === answer.shape.product, answer.name)
          assert(answer.difference(values) <= answer.bound, answer.name)
        }
      }
    }
  }

  test("steps that the model fixes are in the manifest and the metadata, those of rows are open") {
    def shapes(model: String): Seq[Seq[Long]] = JobFolder.use { folder =>
      val written = folder.extracted(job(folder, model) + "features = [\"lstm:0\"]")
      val metadata = written.schema("lstm_0").metadata.getMetadata("layertap")
      val listed = folder.manifest.get("features").get(0).get("shape").elements.asScala
      Seq(metadata.getLongArray("shape").toSeq, listed.map(_.asLong).toSeq)
    }
    assert(shapes("lstm_keras2") === Seq(Seq(10, 32), Seq(10, 32)))
    assert(shapes("lstm_keras3") === Seq(Seq(10, 32), Seq(10, 32)))
  }

  test("an output of a version that left these steps open goes on") {
    JobFolder.use { folder =>
      val configured = job(folder, "lstm_keras2") + "features = [\"lstm:0\"]\n"
      val before = folder.extracted(configured, "--set", "input.where=id < 1").columns
      val manifest = folder.output.resolve("_layertap.json")
      val text = Files.readString(manifest)
      val open = text.replaceFirst("\"shape\" : \\[ 10, 32 \\]", "\"shape\" : [ -1, 32 ]")
      assert(open !== text)
      Files.writeString(manifest, open)
      val rest = Seq("--set", "input.where=id >= 1", "--set", "output.mode=append")
      assert(folder.extracted(configured, rest: _*).columns === before)
      assert(
        folder.rows
          .count() === StoredAnswers.of(TestData.model("lstm_keras2")).inputs.head._2.shape.head
      )
    }
  }

  test("globs: a column per match, in the order of the model, named after the layer") {
    JobFolder.use { folder =>
      val configuration = job(folder, "cnn_functional_keras2")
      val written = folder.extracted(configuration + "features = [\"conv*\", predictions, 4]")
      assert(written.columns === Array("id", "conv1", "conv2", "predictions", "drop1"))
    }
    JobFolder.use { folder =>
      val written = folder.extracted(job(folder, "digits_keras3") + "features = [\"*\"]")
      val names = Seq("id", "conv1", "bn1", "conv2", "pool", "dense", "softmax")
      assert(written.columns.toSeq === names)
    }
  }

  test("as and store: arrays, nested arrays, vectors, halves hold the same values") {
    JobFolder.use { folder =>
      val features =
        """features = [
          |  { layer = conv2, column = flat }
          |  { layer = conv2, column = nested, as = nested }
          |  { layer = conv2, column = vector, as = vector }
          |  { layer = conv2, column = half, store = float16 }
          |  { layer = conv2, column = brain, store = bfloat16 }
          |]""".stripMargin
      val written = folder.extracted(job(folder, "digits_keras3") + features)
      assert(
        written.schema.fields.drop(1).map(field => field.dataType.simpleString).toSeq === Seq(
          "array<float>",
          "array<array<array<float>>>",
          "vector",
          "binary",
          "binary"
        ).map(name =>
          if (name == "vector") written.schema("vector").dataType.simpleString else name
        )
      )
      assert(
        written.schema("vector").dataType === org.apache.spark.ml.linalg.SQLDataTypes.VectorType
      )
      written.collect().foreach { row =>
        val expected = flat(row.getAs[Any]("flat"))
        assert(expected.size === 8 * 8 * 48)
        assert(flat(row.getAs[Any]("nested")) === expected)
        val nested = row.getAs[AnySeq[AnySeq[AnySeq[Float]]]]("nested")
        assert((nested.size, nested.head.size, nested.head.head.size) === ((8, 8, 48)))
        assert(flat(row.getAs[Any]("vector")) === expected)
        assertHalves(row, "half", expected, 1.0 / 2048, HalfFloats.halfToFloat)
        assertHalves(row, "brain", expected, 1.0 / 256, HalfFloats.bfloat16ToFloat)
      }
    }
  }

  private def assertHalves(
      row: Row,
      column: String,
      expected: Seq[Double],
      precision: Double,
      toFloat: Short => Float
  ): Unit = {
    val bytes = ByteBuffer.wrap(row.getAs[Array[Byte]](column)).order(ByteOrder.LITTLE_ENDIAN)
    assert(bytes.remaining === 2 * expected.size)
    expected.foreach { value =>
      val difference = math.abs(toFloat(bytes.getShort) - value)
      assert(difference <= math.abs(value) * precision + 1e-7, s"$column: $value")
    }
  }

  test("pool and normalize: as computed from the whole tensor") {
    JobFolder.use { folder =>
      val features =
        """features = [
          |  { layer = conv2, column = whole }
          |  { layer = conv2, column = mean, pool = avg }
          |  { layer = conv2, column = largest, pool = max }
          |  { layer = conv2, column = unit, pool = avg, normalize = l2 }
          |]""".stripMargin
      folder.extracted(job(folder, "digits_keras3") + features).collect().foreach { row =>
        val channels = flat(row.getAs[Any]("whole")).grouped(48).toSeq.transpose
        val means = channels.map(channel => channel.sum / channel.size)
        assertClose(flat(row.getAs[Any]("mean")), means)
        assert(flat(row.getAs[Any]("largest")) === channels.map(_.max))
        val norm = math.sqrt(means.map(mean => mean * mean).sum)
        assertClose(flat(row.getAs[Any]("unit")), means.map(_ / norm))
      }
    }
    JobFolder.use { folder =>
      val features =
        """features = [
          |  { layer = lstm, output = sequence, column = whole }
          |  { layer = lstm, output = sequence, pool = first, column = first }
          |  { layer = lstm, output = sequence, pool = last, column = last }
          |]""".stripMargin
      folder.extracted(job(folder, "lstm_keras3") + features).collect().foreach { row =>
        val steps = flat(row.getAs[Any]("whole")).grouped(32).toSeq
        assert(flat(row.getAs[Any]("first")) === steps.head)
        assert(flat(row.getAs[Any]("last")) === steps.last)
      }
    }
  }

  private def assertClose(found: Seq[Double], expected: Seq[Double]): Unit = {
    assert(found.size === expected.size)
    val largest = expected.map(math.abs).max
    found.zip(expected).foreach { case (a, b) => assert(math.abs(a - b) <= 1e-5 * largest) }
  }
}

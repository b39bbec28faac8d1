package layertap.jobs.gradient

import com.fasterxml.jackson.databind.ObjectMapper
import layertap.testing.JobFolder
import layertap.testing.JobFolder.floats
import layertap.testing.SharedSpark
import layertap.testing.SameValues.assertSame
import org.apache.spark.ml.linalg.Vector
import org.apache.spark.sql.Row
import org.apache.spark.sql.functions.col
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Derivatives as columns of whole jobs, with a class that a column of the input holds. */
class GradientColumnsTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private val invalid = Set(3, 17)

  /** Thirty digits in three partitions; two have a class that the model does not know. */
  private def job(folder: JobFolder, more: String = "", partitions: Int = 3): String = {
    val path = folder.path.resolve("in").toString
    spark.read
      .parquet("test-data/digits")
      .where("id < 30")
      .selectExpr(
        "id",
        "pixels",
        "CASE id WHEN 3 THEN 10 WHEN 17 THEN NULL ELSE label END AS label"
      )
      .repartition(partitions, col("id"))
      .write
      .mode("overwrite")
      .parquet(path)
    s"""model { path = test-data/models/digits_keras3 }
       |input { format = parquet, path = "$path", keep = "*" }
       |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
       |features = [
       |  dense
       |  { gradient { of = dense, class = { column = label }, wrt = pixels }, column = saliency }
       |  { gradient { of = dense, class = { column = label }, wrt = conv2, method = times-input },
       |    pool = avg, normalize = l2, as = vector, column = parts }
       |  { grad-cam { of = softmax, class = top, wrt = conv2, size = [16, 16] }, column = cam,
       |    store = bfloat16 }
       |  { grad-cam { of = dense, class = { column = label }, wrt = conv2 }, as = nested, column = map }
       |]
       |output.key = id
       |$more""".stripMargin
  }

  private def byId(rows: Seq[Row]): Map[Int, Row] = rows.map(row => row.getInt(0) -> row).toMap

  test(
    "keep: rows of no such class are invalid, others as in one partition; the column is consumed"
  ) {
    JobFolder.use { folder =>
      val kept = folder.extracted(job(folder, "rows.on-invalid = keep"))
      assert(kept.columns.toSeq === Seq("id", "dense", "saliency", "parts", "cam", "map", "_error"))
      val rows = byId(kept.collect().toSeq)
      assert(rows.size === 30)
      val errors = rows.collect { case (id, row) if !row.isNullAt(6) => id -> row.getString(6) }
      assert(
        errors === Map(
          3 -> "label: the class is 10, and there are 10, counted from 0",
          17 -> "label: the value is null"
        )
      )
      invalid.foreach(id => (1 to 5).foreach(i => assert(rows(id).isNullAt(i))))
      JobFolder.use { other =>
        val where = Seq("--set", "input.where=id not in (3, 17)", "--set", "run.batch-size=1")
        val alone = byId(other.extracted(job(other, partitions = 1), where: _*).collect().toSeq)
        assert(alone.keySet === rows.keySet -- invalid)
        def values(of: Map[Int, Row]): Map[Int, Seq[Any]] =
          of.map { case (id, row) =>
            val map = row.getSeq[collection.Seq[Float]](5).flatten
            id -> Seq(row.get(1), row.get(2), row.getAs[Vector]("parts").toArray.toSeq, map)
          }
        assertSame(values(alone), values(rows -- invalid))
      }
      val one = rows(0)
      assert(floats(one, "saliency").length === 64)
      val parts = one.getAs[Vector]("parts").toArray
      assert(parts.length === 48)
      assert(math.abs(parts.map(x => x * x).sum - 1) < 1e-5)
      assert(one.getAs[Array[Byte]]("cam").length === 2 * 16 * 16)
      assert(one.getSeq[collection.Seq[Float]](5).map(_.size) === Seq.fill(8)(8))
    }
  }

  test("skip: they are counted; error: the first one is named") {
    JobFolder.use { folder =>
      val skipped = folder.extracted(job(folder, "rows.on-invalid = skip"))
      assert(skipped.count() === 28)
      val rows = folder.manifest.get("rows")
      assert(rows.get("skipped").asInt === 2, rows.toString)
    }
    JobFolder.use { folder =>
      val command = folder.extract(job(folder), "--set", "input.where=id = 3")
      assert(command.code === 2, command.log)
      assert(
        command.message === "cannot extract the row id=3: label: the class is 10, and there are" +
          " 10, counted from 0; correct or filter it, or set rows.on-invalid to skip or keep"
      )
    }
  }

  test("resume adds rows to the same derivatives, and refuses those of another class") {
    JobFolder.use { folder =>
      val resume = "rows.on-invalid = skip\noutput.mode = resume"
      folder.extracted(job(folder, resume), "--set", "input.where=id < 10")
      assert(folder.extracted(job(folder, resume)).select("id").distinct().count() === 28)
      val other =
        job(folder, resume).replace("of = softmax, class = top", "of = softmax, class = 1")
      val command = folder.extract(other)
      assert(command.code === 2, command.log)
      assert(command.message.contains("another plan"), command.message)
    }
  }

  test("the manifest and the metadata of columns say what a derivative is of") {
    JobFolder.use { folder =>
      val rows = folder.extracted(job(folder, "rows.on-invalid = skip"))
      val cam = folder.manifest.get("features").get(3)
      assert(
        cam.get("gradient") === new ObjectMapper().readTree(
          """{"of": "softmax", "of-tensor": "digits_1/softmax_1/Softmax:0", "class": "top",
            | "wrt": ["conv2"], "wrt-tensors": ["digits_1/conv2_1/Relu:0"], "method": "grad-cam",
            | "size": [16, 16]}""".stripMargin
        ),
        cam.toString
      )
      assert(cam.get("shape").toString === "[16,16]")
      val feeds = folder.manifest.get("feeds").asScala.map(_.get("target").asText).toSeq
      assert(feeds === Seq("input = pixels", "class = { column = label }"))
      val metadata = rows.schema("saliency").metadata.getMetadata("layertap")
      assert(metadata.getString("tensor") === "serving_default_pixels:0")
      val gradient = metadata.getMetadata("gradient")
      assert(gradient.getString("of") === "dense")
      assert(gradient.getString("class") === "{ column = label }")
      assert(gradient.getString("method") === "plain")
      assert(gradient.getStringArray("wrt").toSeq === Seq("pixels"))
    }
  }
}

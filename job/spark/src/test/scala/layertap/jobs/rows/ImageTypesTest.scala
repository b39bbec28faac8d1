package layertap.jobs.rows

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.file.Path
import layertap.testing.JobFolder
import layertap.testing.Npz
import layertap.testing.TestData
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Models whose images are no float32, against what Python makes of the pixels for them. */
class ImageTypesTest extends AnyFunSuite {
  private val model = TestData.root.resolve("odd-models/image_types")
  private val arrays = Npz.read(TestData.root.resolve("odd-models/image_types.answers.npz"))
  private val answers = new ObjectMapper()
    .readTree(TestData.root.resolve("odd-models/image_types.answers.json").toFile)
    .elements
    .asScala
    .toSeq
  private val photos = answers.map(text(_, "path")).distinct
  private val types = answers.map(text(_, "type")).distinct

  private def text(answer: JsonNode, key: String): String = answer.get(key).asText

  private def job(image: String): String =
    s"""model { path = "$model" }
       |input { path = [${photos.map(path => s"\"test-data/$path\"").mkString(", ")}], keep = path }
       |feeds = [${types.map(feed(_, image)).mkString(", ")}]
       |features = [${types.map(of => s"{ output = got_$of, column = $of }").mkString(", ")}]
       |run.batch-size = 2""".stripMargin

  private def feed(input: String, image: String): String =
    s"{ input = $input, column = content, image { $image } }"

  private def values(row: Row, kind: String): Seq[Double] =
    row.getAs[scala.collection.Seq[Double]](kind).toSeq

  Map(
    "bilinear" -> "size = [9, 14]",
    "nearest" -> "size = [9, 14], resize = nearest",
    "bicubic" -> "size = [9, 14], resize = bicubic",
    "lanczos3" -> "size = [9, 14], resize = lanczos3, antialias = true",
    "none" -> "fit = none"
  ).foreach { case (resize, image) =>
    test(s"$resize: every type gets the values that Python gives it") {
      JobFolder.use { folder =>
        val rows = folder.extracted(job(image)).collect().toSeq
        val byName = rows.map(row => Path.of(row.getString(0)).getFileName.toString -> row).toMap
        val wanted = answers.filter(text(_, "resize") == resize)
        assert(wanted.size === photos.size * types.size)
        wanted.foreach { answer =>
          val row = byName(Path.of(text(answer, "path")).getFileName.toString)
          val expected = arrays(text(answer, "array")).values.toSeq
          assert(values(row, text(answer, "type")) === expected, answer)
        }
      }
    }
  }
}

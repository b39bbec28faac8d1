package layertap.spark.read

import java.nio.file.Path
import java.util.{List => JavaList}
import layertap.config.JobConfig.Input
import layertap.report.Progress
import layertap.testing.{SharedSpark, TempFolder}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** How many rows there are to read, told before they are read, beside how many there are. */
class RowCountTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private def source(
      format: String,
      path: String,
      select: Map[String, String] = Map(),
      where: String = "",
      options: Map[String, String] = Map()
  ): RowSource.Source = {
    val input =
      new Input(
        format,
        JavaList.of(path),
        "",
        "",
        options.asJava,
        select.asJava,
        where,
        JavaList.of()
      )
    new RowSource(spark, input).open(JavaList.of(), JavaList.of(), false)
  }

  private def told(source: RowSource.Source): Long = source.rowCount.get.join

  private val digits = "test-data/digits"
  private val photos = "test-data/images"

  test("files that are a row each") {
    assert(told(source("image-files", photos)) === source("image-files", photos).rows.count())
    val some = source("image-files", photos, options = Map("pathGlobFilter" -> "chi*"))
    assert(some.rows.count() > 0)
    assert(told(some) === some.rows.count())
  }

  test("a few Parquet files, whatever columns are added") {
    val selected = source("parquet", digits, Map("x" -> "id + 1"))
    assert(told(selected) === selected.rows.count())
    TempFolder.use { folder =>
      def write(files: Int): String = {
        val path = folder.resolve(files.toString).toString
        spark.range(1000).repartition(files).write.parquet(path)
        path
      }
      assert(told(source("parquet", write(3))) === 1000)
      assert(told(source("parquet", write(65))) === Progress.UNKNOWN, "too many to open")
    }
  }

  test("nothing where rows are chosen or multiplied, or the format does not tell") {
    val chosen = Seq(
      source("parquet", digits, where = "id < 4"),
      source("parquet", digits, Map("x" -> "explode(pixels)")),
      source("image-files", photos, where = "length > 10"),
      source("text", Path.of("README.md").toString)
    )
    chosen.foreach(source => assert(told(source) === Progress.UNKNOWN))
  }
}

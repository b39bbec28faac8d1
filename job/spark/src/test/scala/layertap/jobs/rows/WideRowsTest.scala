package layertap.jobs.rows

import java.nio.file.Files
import layertap.jobs.Digits.set
import layertap.testing.JavaProcess
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import layertap.testing.WideModel
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{Path => HadoopPath}
import org.apache.parquet.column.page.DataPage
import org.apache.parquet.hadoop.ParquetFileReader
import org.apache.parquet.hadoop.util.HadoopInputFile
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Rows of 12.8 MB, in a JVM of 2 GB. */
class WideRowsTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  private val width = 3_200_000

  /** The first page of the wide column. */
  private def pageOf(reader: ParquetFileReader): DataPage = {
    val wide = reader.getFileMetaData.getSchema.getColumns.asScala.find(_.getPath.head == "wide")
    reader.readNextRowGroup().getPageReader(wide.get).readPage()
  }

  test("64 rows of 12.8 MB go through 2 GB; row groups and files are bounded") {
    JobFolder.use { folder =>
      val model = WideModel.write(folder.path.resolve("model"), width)
      val in = folder.path.resolve("in").toString
      spark.range(0, 64, 1, 2).selectExpr("id", "float(id) AS x").write.parquet(in)
      val file = folder.write(
        s"""model.path = "$model"
           |input { format = parquet, path = "$in", keep = id }
           |feeds = [{ input = x, column = x, tensor { shape = [1] } }]
           |features = [{ output = wide }]
           |run.batch-size = 2
           |output { key = id, compression = none }""".stripMargin
      )
      val (code, log) = JavaProcess
        .layertap(
          Seq("-Xmx2g"),
          Seq("extract", file.toString) ++ set(s"output.path=${folder.output}"): _*
        )
        .finish()
      assert(code === 0, log)
      val files = folder.manifest.get("files").asScala.toSeq
      assert(files.forall(_.get("bytes").asLong <= (600L << 20)), files)
      val readers = files.map { file =>
        val path = new HadoopPath(folder.output.resolve(file.get("path").asText).toUri)
        ParquetFileReader.open(HadoopInputFile.fromPath(path, new Configuration))
      }
      val groups = readers.flatMap(_.getRowGroups.asScala)
      assert(pageOf(readers.head).getUncompressedSize <= (16 << 20), "a page holds a row")
      readers.foreach(_.close())
      assert(groups.map(_.getRowCount).sum === 64)
      assert(groups.forall(_.getTotalByteSize <= (100L << 20)), groups.map(_.getTotalByteSize))
      val found = folder.rows
        .selectExpr("id", "size(wide)", "array_min(wide)", "array_max(wide)")
        .orderBy("id")
        .collect()
      assert(found.map(_.getLong(0)) === (0L until 64L))
      found.foreach { row =>
        assert(row.getInt(1) === width)
        assert(row.getFloat(2) === row.getLong(0) && row.getFloat(3) === row.getLong(0))
      }
      assert(Files.exists(folder.output.resolve("_layertap.json")))
    }
  }
}

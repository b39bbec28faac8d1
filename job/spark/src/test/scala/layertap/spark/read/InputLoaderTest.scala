package layertap.spark.read

import java.util.{List => JavaList}
import layertap.config.JobConfig.Input
import layertap.testing.{FarFileSystem, SharedSpark, TempFolder}
import org.apache.spark.sql.execution.datasources.{HadoopFsRelation, LogicalRelation}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** What sources are told of how their files are read. */
class InputLoaderTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  private val vectoredReads = "parquet.hadoop.vectored.io.enabled"

  /** Whether Parquet was told to read vectored, or not to; nothing if it is to decide. */
  private def told(format: String, paths: Seq[String], options: (String, String)*) = {
    val input = new Input(
      format,
      paths.asJava,
      "",
      "",
      options.toMap.asJava,
      Map[String, String]().asJava,
      "",
      JavaList.of()
    )
    InputLoader
      .load(spark, input)
      .queryExecution
      .analyzed
      .collectFirst { case LogicalRelation(files: HadoopFsRelation, _, _, _, _) =>
        files.options.get(vectoredReads)
      }
      .get
  }

  test(
    "Parquet's columns are read at once where that is worth it, and not from this machine's disk"
  ) {
    TempFolder.use { folder =>
      val local = folder.resolve("digits").toString
      spark.read.parquet("test-data/digits").write.parquet(local)
      FarFileSystem.register(spark.sparkContext.hadoopConfiguration)
      val far = FarFileSystem.location(folder.resolve("digits"))
      assert(told("parquet", Seq(local)) === Some("false"))
      assert(told("Parquet", Seq(s"file:$local", local)) === Some("false"))
      assert(told("parquet", Seq(far)) === None)
      assert(told("parquet", Seq(local, far)) === None)
      assert(told("parquet", Seq(local), vectoredReads -> "true") === Some("true"))
      assert(told("binaryFile", Seq(local)) === None)
      spark.sparkContext.hadoopConfiguration.set(vectoredReads, "true")
      try assert(told("parquet", Seq(local)) === None)
      finally spark.sparkContext.hadoopConfiguration.unset(vectoredReads)
    }
  }
}

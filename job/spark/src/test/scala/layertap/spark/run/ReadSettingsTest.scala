package layertap.spark.run

import java.nio.file.Files
import layertap.testing.{SharedSpark, TempFolder}
import org.scalatest.funsuite.AnyFunSuite

/** How Spark reads while rows are extracted: into how many tasks small files go, how many rows it
  * decodes at once.
  */
class ReadSettingsTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  private val openCost = "spark.sql.files.openCostInBytes"
  private val run = new JobRun(spark, null, null, "run", null)

  private def tasks(files: Int): Int = TempFolder.use { folder =>
    (1 to files).foreach(number => Files.writeString(folder.resolve(s"$number"), "content"))
    val rows = spark.read.format("binaryFile").load(folder.toString)
    JobSteps.whileExtracting(run, files, () => rows.rdd.getNumPartitions)
  }

  private def decodedAtOnce(format: String): Long = TempFolder.use { folder =>
    val path = folder.resolve("rows").toString
    spark.range(0, 1000, 1, 1).selectExpr("id", "array(id) AS x").write.format(format).save(path)
    val rows = spark.read.format(format).load(path)
    val plan = rows.queryExecution.executedPlan
    JobSteps.whileExtracting(run, 0, () => plan.execute().count())
    val batches = plan.collect { case node => node.metrics.get("numInputBatches") }.flatten
    batches.map(_.value).sum
  }

  private def having[T](key: String, value: String)(body: => T): T = {
    spark.conf.set(key, value)
    try body
    finally {
      assert(spark.conf.get(key) === value)
      spark.conf.unset(key)
    }
  }

  test("a hundred image files go into two tasks on two cores, not into four") {
    assert(tasks(100) === 2)
    assert(!spark.conf.getAll.contains(openCost))
  }

  test("where a core has more than one task of image files, it has as many as the others") {
    assert(tasks(300) === 4)
    assert(tasks(600) === 8)
    assert(!spark.conf.getAll.contains("spark.sql.files.minPartitionNum"))
  }

  Seq("parquet", "orc").foreach { format =>
    test(s"of $format, 64 rows are decoded at once, whatever their size") {
      assert(decodedAtOnce(format) === 16)
    }
  }

  test("what the user of a session has set stays") {
    having(openCost, "4m")(assert(tasks(100) === 4))
    having("spark.sql.files.minPartitionNum", "2")(assert(tasks(300) === 3))
    having("spark.sql.parquet.columnarReaderBatchSize", "500") {
      assert(decodedAtOnce("parquet") === 2)
    }
  }
}

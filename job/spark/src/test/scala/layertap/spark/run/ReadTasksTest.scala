package layertap.spark.run

import java.nio.file.Files
import layertap.testing.{SharedSpark, TempFolder}
import org.scalatest.funsuite.AnyFunSuite

/** Into how many tasks small files go while rows are extracted. */
class ReadTasksTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  private val openCost = "spark.sql.files.openCostInBytes"
  private val run = new JobRun(spark, null, null, "run", null)

  private def tasks(files: Int): Int = TempFolder.use { folder =>
    (1 to files).foreach(number => Files.writeString(folder.resolve(s"$number"), "content"))
    val rows = spark.read.format("binaryFile").load(folder.toString)
    JobSteps.whileExtracting(run, () => rows.rdd.getNumPartitions)
  }

  test("a hundred small files go into two tasks on two cores, not into four") {
    assert(tasks(100) === 2)
    assert(!spark.conf.getAll.contains(openCost))
  }

  test("what the user of a session has set stays") {
    spark.conf.set(openCost, "4m")
    try {
      assert(tasks(100) === 4)
      assert(spark.conf.get(openCost) === "4m")
    } finally spark.conf.unset(openCost)
  }
}

package layertap.jobs

import layertap.extract.SessionPool
import layertap.jobs.Digits.{features, set}
import layertap.testing.{Command, JobFolder, SharedSpark}
import layertap.testing.SameValues.assertSame
import org.apache.spark.sql.functions.{col, expr}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Jobs with `run.batch-size = auto`: which sizes run, what is told of them, and that the features
  * are the same.
  */
class BatchSizeTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private def sizes(folder: JobFolder): Seq[Int] =
    folder.manifest.get("batch-sizes").elements.asScala.map(_.asInt).toSeq

  private val auto = "\nrun.batch-size = auto"

  private def batches(folder: JobFolder): Long = folder.manifest.get("batches").asLong

  /** Another plan for each test, so that none is used to a size yet. */
  private def job(folder: JobFolder, column: String, copies: Int): String = {
    val path = folder.path.resolve(s"in-$copies").toString
    if (!java.nio.file.Files.exists(java.nio.file.Path.of(path))) {
      spark.read
        .parquet("test-data/digits")
        .withColumn("copy", expr(s"explode(sequence(0, ${copies - 1}))"))
        .withColumn("id", col("id") + col("copy") * 10000)
        .drop("copy")
        .repartition(2)
        .write
        .parquet(path)
    }
    Digits.job(path, "id").replace("[softmax]", s"[{ layer = softmax, column = $column }]") + auto
  }

  private def values(folder: JobFolder, column: String): Map[Int, Seq[Any]] =
    features(folder.rows.withColumnRenamed(column, "softmax").collect().toSeq)

  /** The line that says what was chosen; none. */
  private def lines(command: Command): Seq[String] =
    command.log.linesIterator.filter(_.startsWith("layertap: ran in batches of")).toSeq

  test("few rows go in batches of 8, in each run the same; nothing is tried and nothing told") {
    JobFolder.use { folder =>
      val few = set("input.where=id < 20")
      val command = folder.extract(Digits.job().replace("softmax", "dense") + auto, few: _*)
      assert(command.code === 0, command.log)
      assert(command.log.contains("in batches of 8 until the fastest size is known, with "))
      assert(sizes(folder) === Seq(8) && batches(folder) === 3)
      assert(lines(command) === Seq())
    }
  }

  test("many rows: a size is chosen, told once, kept for the process; features are the same") {
    JobFolder.use { folder =>
      val many = job(folder, "chosen", copies = 30)
      val command = folder.extract(many)
      assert(command.code === 0, command.log)
      val chosen = sizes(folder)
      assert(chosen.size === 1 && Set(2, 4, 8, 16, 32, 64, 128, 256).contains(chosen.head))
      assert(
        lines(command) === Seq(
          s"layertap: ran in batches of ${chosen.head}, the fastest size on all executors" +
            " (run.batch-size = auto)"
        )
      )
      val rows = folder.manifest.get("rows").get("read").asLong
      assert(batches(folder) >= rows / 256)
      val automatic = values(folder, "chosen")
      assert(automatic.size === rows)

      // The session may be gone; what was chosen is not.
      SessionPool.ofThisJvm.closeIdle()
      val again = folder.extract(many, set("input.where=id < 100", "output.mode=overwrite"): _*)
      assert(again.code === 0, again.log)
      assert(sizes(folder) === chosen && lines(again).size === 1)
      val most = (100.0 / chosen.head).ceil.toInt
      assert(batches(folder) >= most && batches(folder) <= most + 2)

      val fixed = folder.extract(many, set("run.batch-size=8", "output.mode=overwrite"): _*)
      assert(fixed.code === 0, fixed.log)
      assert(fixed.log.contains("in batches of 8, with ") && lines(fixed) === Seq())
      assert(sizes(folder) === Seq(8))
      assertSame(automatic, values(folder, "chosen"))
    }
  }

  test("an output of one size takes rows of another, and of what is chosen") {
    JobFolder.use { folder =>
      val first = set("input.where=id < 30", "run.batch-size=5")
      assert(folder.extract(Digits.job(), first: _*).code === 0)
      assert(sizes(folder) === Seq(5) && batches(folder) === 6)
      val appended = set("input.where=id >= 30 and id < 60", "output.mode=append")
      val command = folder.extract(Digits.job() + auto, appended: _*)
      assert(command.code === 0, command.log)
      val resumed = folder.extract(Digits.job() + auto, set("output.mode=resume"): _*)
      assert(resumed.code === 0, resumed.log)
      assertSame(features(folder.rows.collect().toSeq), Digits.expected(Int.MaxValue))
    }
  }

  test("rows that a model refuses are found among those of any size") {
    JobFolder.use { folder =>
      val many = job(folder, "invalid", copies = 30)
      val wrong = "input.select.pixels=if(id % 1000 = 7, slice(pixels, 1, 3), pixels)"
      val command = folder.extract(many, set(wrong, "rows.on-invalid=skip"): _*)
      assert(command.code === 0, command.log)
      assert(folder.manifest.get("rows").get("skipped").asInt === 30 * 2)
      assert(values(folder, "invalid").keys.forall(_ % 1000 != 7))
      assert(sizes(folder).forall(_ >= 2))
    }
  }
}

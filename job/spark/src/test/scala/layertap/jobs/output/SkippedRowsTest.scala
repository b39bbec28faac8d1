package layertap.jobs.output

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.Files
import layertap.jobs.Digits
import layertap.jobs.Digits.{expected, features, set}
import layertap.report.SkippedKeys
import layertap.testing.SameValues.assertSame
import layertap.testing.Command
import layertap.testing.FarFileSystem
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import org.apache.spark.sql.functions.{col, lit, when}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.jdk.StreamConverters._

/** Mode resume with rows that are skipped: they are tried each time, and judged at the end over the
  * whole output.
  */
class SkippedRowsTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  /** Digits of which some have no pixels, written anew to the input. */
  private def write(
      folder: JobFolder,
      where: String,
      bad: Set[Int],
      name: String = "in"
  ): String = {
    val path = folder.path.resolve(name).toString
    val isBad = col("id").isin(bad.toSeq: _*)
    spark.read
      .parquet("test-data/digits")
      .where(where)
      .withColumn("pixels", when(isBad, lit(null)).otherwise(col("pixels")))
      .repartition(2)
      .write
      .mode("overwrite")
      .parquet(path)
    path
  }

  private def skip(maxInvalid: Double, more: String*): Seq[String] =
    set("output.mode=resume", "rows.on-invalid=skip", s"rows.max-invalid=$maxInvalid") ++
      set(more: _*)

  private def run(folder: JobFolder, settings: Seq[String], name: String = "in"): Command =
    folder.extract(Digits.job(folder.path.resolve(name).toString), settings: _*)

  private def ran(folder: JobFolder, settings: Seq[String], name: String = "in"): Command = {
    val command = run(folder, settings, name)
    assert(command.code === 0, command.log)
    command
  }

  private def refused(folder: JobFolder, settings: Seq[String], name: String = "in"): String = {
    val command = run(folder, settings, name)
    assert(command.code === 2, command.log)
    command.message
  }

  private def ids(folder: JobFolder): Set[Int] = features(folder.rows.collect().toSeq).keySet

  /** How many keys are remembered. */
  private def remembered(folder: JobFolder): Int = {
    val file = folder.output.resolve(SkippedKeys.FILE)
    if (!Files.exists(file)) 0
    else new ObjectMapper().readTree(file.toFile).get("skipped").elements.asScala.map(_.size).sum
  }

  /** Files of the output with their times, the manifest too. */
  private def state(folder: JobFolder): Map[String, Any] = {
    val paths = Files.walk(folder.output)
    try
      paths
        .toScala(Seq)
        .filter(Files.isRegularFile(_))
        .map(path => path.toString -> Files.getLastModifiedTime(path))
        .toMap
    finally paths.close()
  }

  test("bad rows that are known do not use up what new rows may have; nothing new publishes none") {
    JobFolder.use { folder =>
      val settings = skip(0.05, "output.chunk-rows=30")
      write(folder, "id < 100", (0 until 5).toSet)
      ran(folder, settings)
      assert(ids(folder) === (5 until 100).toSet)
      assert(remembered(folder) === 5)
      val published = state(folder)
      val again = ran(folder, settings)
      val nothing = s"layertap: nothing is missing in ${folder.output}"
      assert(again.log.contains(s"$nothing but 5 rows that are still invalid"), again.log)
      assert(again.out.contains("5 rows read, 0 written, 5 skipped"), again.out)
      assert(state(folder) === published)
      write(folder, "id < 110", (0 until 5).toSet)
      ran(folder, settings)
      assertSame(features(folder.rows.collect().toSeq), expected(110).filter(_._1 >= 5))
      assert(folder.manifest.get("rows").get("written").asInt === 10)
      assert(remembered(folder) === 5)
    }
  }

  test("a mended row gets in and leaves the count") {
    JobFolder.use { folder =>
      write(folder, "id < 50", Set(3, 4))
      ran(folder, skip(0.04))
      assert(remembered(folder) === 2)
      write(folder, "id < 50", Set(4))
      ran(folder, skip(0.02))
      assert(ids(folder) === (0 until 50).toSet - 4)
      assert(remembered(folder) === 1)
      write(folder, "id < 50", Set())
      ran(folder, skip(0))
      assertSame(features(folder.rows.collect().toSeq), expected(50))
      assert(remembered(folder) === 0)
      assert(run(folder, skip(0)).log.contains("nothing is missing"))
    }
  }

  test(
    "the budget is judged at the end, not by chunks; beyond it the last chunk is not published"
  ) {
    JobFolder.use { folder =>
      // The first chunk of ten in the order of keys has all of the bad ones.
      val chunks = Seq("output.chunk-rows=10")
      write(folder, "id < 40", Set(0, 1, 2, 3, 4, 5))
      assert(
        refused(
          folder,
          skip(0.14, chunks: _*)
        ) === "cannot publish: 6 of 40 rows are invalid, more" +
          " than rows.max-invalid = 0.14; correct the input or raise the limit"
      )
      assert(!folder.manifest.get("complete").asBoolean)
      val published = ids(folder)
      assert(published.size < 34 && published.size >= 20, published)
      ran(folder, skip(0.15, chunks: _*))
      assertSame(features(folder.rows.collect().toSeq), expected(40).filter(_._1 > 5))
      assert(folder.manifest.get("complete").asBoolean)
    }
  }

  test("one chunk beyond the budget publishes nothing") {
    JobFolder.use { folder =>
      write(folder, "id < 20", Set(0, 1, 2))
      val message = refused(folder, skip(0.1))
      assert(message.startsWith("cannot publish: 3 of 20 rows are invalid"), message)
      assert(folder.names === Seq("in", "job.conf"))
    }
  }

  test("rows that other inputs had count on; those that an input no longer has do not") {
    JobFolder.use { folder =>
      write(folder, "id < 50", Set(0, 1, 2, 3, 4), "day1")
      ran(folder, skip(0.1), "day1")
      write(folder, "id >= 50 and id < 60", Set(50, 51), "day2")
      val message = refused(folder, skip(0.1), "day2")
      assert(message.startsWith("cannot publish: 7 of 60 rows are invalid"), message)
      ran(folder, skip(0.12), "day2")
      assert(remembered(folder) === 7)
      write(folder, "id >= 3 and id < 50", Set(3, 4), "day1")
      ran(folder, skip(0.12), "day1")
      assert(remembered(folder) === 4)
      assert(ids(folder) === (5 until 60).toSet -- Set(50, 51))
    }
  }

  test("a row that another mode added since is skipped no more") {
    JobFolder.use { folder =>
      write(folder, "id < 20", Set(0, 1), "day1")
      ran(folder, skip(0.1), "day1")
      write(folder, "id = 0", Set(), "mended")
      ran(folder, set("output.mode=append"), "mended")
      write(folder, "id >= 20 and id < 30", Set(), "day2")
      ran(folder, skip(0.04), "day2")
      assert(remembered(folder) === 1)
      assert(ids(folder) === (0 until 30).toSet - 1)
    }
  }

  test("new rows that are all bad are counted, without a file") {
    JobFolder.use { folder =>
      write(folder, "id < 20", Set())
      ran(folder, skip(0.5))
      val files = state(folder).keySet.filter(_.endsWith(".parquet"))
      write(folder, "id < 22", Set(20, 21))
      ran(folder, skip(0.5))
      assert(remembered(folder) === 2)
      assert(state(folder).keySet.filter(_.endsWith(".parquet")) === files)
      assert(folder.manifest.get("files").size === 0)
      assert(folder.manifest.get("rows").get("skipped").asInt === 2)
      val published = state(folder)
      ran(folder, skip(0.5))
      assert(state(folder) === published)
      assert(refused(folder, skip(0.05)).startsWith("cannot publish: 2 of 22 rows are invalid"))
      assertSame(features(folder.rows.collect().toSeq), expected(20))
    }
  }

  test("--limit: keys that were not tried stay as they are known") {
    JobFolder.use { folder =>
      write(folder, "id < 30", Set(0, 1, 2))
      ran(folder, skip(0.1))
      ran(folder, skip(0.1) ++ Seq("--limit", "2"))
      assert(remembered(folder) === 3)
      ran(folder, skip(0.1) ++ Seq("--limit", "0"))
      assert(remembered(folder) === 3)
      assert(folder.manifest.get("complete").asBoolean)
      assert(ids(folder) === (3 until 30).toSet)
    }
  }

  test("in folders, with keys of several columns and types, and several features") {
    JobFolder.use { folder =>
      val odd = set(
        "input.select.at=timestamp_micros(cast(id as bigint) * 12345678901)",
        "input.select.part=if(id % 3 = 0, '', concat('p ', id % 3))",
        "input.keep=[id,at,part]",
        "output.key=[part,at]",
        "output.partition-by=part",
        "output.chunk-rows=7",
        "features=[softmax,{layer=conv2,pool=max,column=largest}]"
      )
      write(folder, "id < 30", Set(0, 1, 2))
      ran(folder, skip(0.1) ++ odd)
      assert(remembered(folder) === 3)
      val published = state(folder)
      ran(folder, skip(0.1) ++ odd)
      assert(state(folder) === published)
      write(folder, "id < 40", Set(1, 2))
      ran(folder, skip(0.05) ++ odd)
      assert(remembered(folder) === 2)
      assertSame(
        features(folder.rows.collect().toSeq),
        expected(40).filterNot(row => Set(1, 2)(row._1))
      )
    }
  }

  test("keep: what was kept in all runs counts, at the end") {
    JobFolder.use { folder =>
      def keep(most: Double) = set(
        "output.mode=resume",
        "rows.on-invalid=keep",
        s"rows.max-invalid=$most",
        "output.chunk-rows=5"
      )
      write(folder, "id < 40", Set(0, 1, 2, 3))
      ran(folder, keep(0.1))
      write(folder, "id < 60", Set(0, 1, 2, 3, 50, 51))
      ran(folder, keep(0.1))
      write(folder, "id < 61", Set(60))
      val message = refused(folder, keep(0.1))
      assert(message.startsWith("cannot publish: 7 of 61 rows are invalid"), message)
      assert(folder.rows.count() === 60)
    }
  }

  test("in an object store: counted, mended, nothing new, and overwritten without a trace") {
    JobFolder.use { folder =>
      FarFileSystem.register(spark.sparkContext.hadoopConfiguration)
      val far = set(s"output.path=${FarFileSystem.location(folder.output)}")
      write(folder, "id < 20", Set(0, 1))
      ran(folder, skip(0.1, "output.chunk-rows=6") ++ far)
      assert(remembered(folder) === 2)
      val published = state(folder)
      ran(folder, skip(0.1) ++ far)
      assert(state(folder) === published)
      write(folder, "id < 20", Set(1))
      ran(folder, skip(0.05) ++ far)
      assert(remembered(folder) === 1)
      assertSame(features(folder.rows.collect().toSeq), expected(20) - 1)
      write(folder, "id = 2", Set())
      ran(folder, set("output.mode=overwrite") ++ far)
      assert(ids(folder) === Set(2))
      assert(!Files.exists(folder.output.resolve(SkippedKeys.FILE)))
    }
  }
}

package layertap.cluster

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.file.{Files, Path}
import layertap.cluster.SparkSubmit.{Finished, Submission}
import layertap.testing.SameValues
import layertap.testing.Command
import layertap.testing.Setting
import layertap.testing.TempFolder
import org.apache.spark.sql.{Row, SparkSession}
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** What happens to a job on a standalone cluster when its parts die: every row is there once, as
  * after a clean run, and counted once.
  */
class ClusterFaultsTest extends AnyFunSuite with BeforeAndAfterAll {
  private val copies = 60

  private lazy val spark =
    SparkSession.builder().master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
  private val rows = new AnsweredRows(spark)

  /** Eight tasks, one at a time on each of two executors. */
  private val small =
    Seq("--executor-cores", "1", "--total-executor-cores", "2") ++ conf(
      "sql.files.minPartitionNum=16"
    )

  private def conf(settings: String*): Seq[String] =
    settings.flatMap(setting => Seq("--conf", s"spark.$setting"))

  private lazy val folder = Files.createTempDirectory("faults")
  private lazy val cluster =
    StandaloneCluster.start(Path.of(sys.props("cluster.spark")), folder.resolve("cluster"), 2)
  private lazy val meetings = MeetingJar.write(folder.resolve("meetings.jar"))

  private lazy val job = {
    rows.write(folder.resolve("rows"), copies, files = 8)
    Files.writeString(folder.resolve("job.conf"), rows.job(folder)).toString
  }

  /** The rows that a clean run, in this JVM, writes. */
  private lazy val clean: Seq[Row] = {
    spark.sparkContext.setLogLevel("OFF")
    val output = folder.resolve("clean")
    val settings = Seq(s"output.path=$output", "run.trial-seconds=0")
    val command = Command.run(Seq("extract", job) ++ settings.flatMap(Seq("--set", _)): _*)
    assert(command.code == 0, command.log)
    rows.compare(output, copies)
    read("clean")
  }

  /** Which rows go through the model together is not the same in each run. */
  private def assertClean(output: String): Unit =
    SameValues.assertSameRows(read(output).map(_.toSeq), clean.map(_.toSeq), output)

  override protected def afterAll(): Unit = {
    if (Setting.of("cluster.spark").isDefined) {
      cluster.close()
      TempFolder.delete(folder)
    }
    SparkSession.getDefaultSession.foreach(_.stop())
  }

  Setting.of("cluster.spark").foreach { _ =>
    test("two executors are killed, each in the middle of a task") {
      val points = Seq(10, 70).map(at => at -> folder.resolve(s"executor$at"))
      val running = start("executors", small, points)
      val killed = points.map { case (_, file) =>
        val pid = Meeting.await(file)
        cluster.executors.find(_.pid == pid).get.kill()
        pid
      }
      assert(killed.distinct.size == 2)
      requireClean(running.finish(), "executors")
    }

    test("a worker is killed, and its executor ends") {
      val point = 30 -> folder.resolve("worker30")
      val running = start("worker", small, Seq(point))
      val pid = Meeting.await(point._2)
      cluster.executors.find(_.pid == pid).get.worker.kill()
      requireClean(running.finish(), "worker")
      cluster.addWorker()
    }

    test("a task fails in the middle and is tried again") {
      val point = 50 -> folder.resolve("task50")
      val running = start("task", small, Seq(point))
      Meeting.await(point._2)
      Meeting.tell(point._2, "fail")
      val finished = running.finish()
      assert(finished.stderr.contains("the test wants this attempt to fail"), finished.stderr)
      requireClean(finished, "task")
    }

    test("of two attempts at a slow task, the one that is done first counts") {
      val point = 90 -> folder.resolve("slow90")
      val often = Seq("speculation=true", "speculation.interval=100ms", "speculation.quantile=0.5")
      val finished = start("slow", small ++ conf(often: _*), Seq(point)).finish()
      assert(finished.stderr.contains("as the attempt 1 succeeded"), finished.stderr)
      requireClean(finished, "slow")
    }

    test("with dynamic allocation an executor leaves in the middle, decommissioned") {
      val point = 110 -> folder.resolve("held110")
      val allocation = Seq(
        "decommission.enabled=true",
        "dynamicAllocation.enabled=true",
        "dynamicAllocation.shuffleTracking.enabled=true",
        "dynamicAllocation.maxExecutors=2",
        "dynamicAllocation.executorIdleTimeout=1s"
      )
      val options = Seq("--executor-cores", "1") ++
        conf("sql.files.minPartitionNum=16" +: allocation: _*)
      val running = start("allocated", options, Seq(point))
      Meeting.await(point._2)
      val before = running.log.length
      while (!running.log.drop(before).contains(" removed due to idle timeout"))
        Thread.sleep(100)
      Meeting.tell(point._2, "go on")
      requireClean(running.finish(), "allocated")
      assert(json("allocated").get("session-opens").asInt >= 2)
    }

    test("the driver is killed, and the next run does what is missing") {
      val settings = Seq("output.mode=resume", "output.chunk-rows=10")
      val manifest = folder.resolve("resumed").resolve("_layertap.json")
      val first = start("resumed", small, Seq(), settings: _*)
      while (!Files.exists(manifest) && first.isAlive) Thread.sleep(20)
      first.kill()
      first.finish()
      val published = json("resumed").get("rows").get("written").asInt
      assert(published > 0 && !json("resumed").get("complete").asBoolean)

      val finished = start("resumed", small, Seq(), settings: _*).finish()
      assert(finished.code == 0, finished.stderr)
      assertClean("resumed")
      val later = json("resumed").get("rows").get("read").asInt
      val earlier = json("resumed").get("earlier").elements.asScala.map(_.get("rows").get("read"))
      assert(earlier.map(_.asInt).sum + later == clean.size)
    }
  }

  private def start(
      output: String,
      options: Seq[String],
      points: Seq[(Int, Path)],
      settings: String*
  ): Submission = {
    val conditions = points.map { case (at, file) => Meeting.condition(at, file) }
    val where = ("true" +: conditions).mkString(" and ")
    val set = Seq(s"input.where=$where", s"output.path=${folder.resolve(output)}") ++ settings ++
      // Who comes to a point first must be a task of the job, not one that looks at the first rows.
      points.headOption.map(_ => "run.first-rows=0")
    // What Spark itself tells of its executors and attempts is looked at.
    val words = Seq("extract", job, "--verbose") ++ set.flatMap(Seq("--set", _))
    val jar = Seq("--jars", meetings.toString)
    cluster.submit.start(cluster.options ++ jar ++ options, words: _*)
  }

  private def requireClean(finished: Finished, output: String): Unit = {
    assert(finished.code == 0, finished.stderr)
    assertClean(output)
    val counts = s"""{"read":${clean.size},"written":${clean.size},"skipped":0,"invalid":0}"""
    assert(json(output).get("rows").toString == counts, output)
  }

  /** The rows of an output, in the order of their ids, from files that its manifest names. */
  private def read(output: String): Seq[Row] = {
    val path = folder.resolve(output)
    val listed = (json(output) +: json(output).get("earlier").elements.asScala.toSeq)
      .flatMap(_.get("files").elements.asScala.map(_.get("path").asText))
    val files = Files.list(path)
    val found =
      try files.iterator.asScala.map(_.getFileName.toString).filter(_.endsWith("parquet")).toSet
      finally files.close()
    assert(found == listed.toSet, output)
    assert(!Files.exists(folder.resolve(s".$output.layertap")), output)
    spark.read.parquet(path.toString).orderBy("id").collect().toSeq
  }

  private def json(output: String): JsonNode =
    new ObjectMapper().readTree(folder.resolve(output).resolve("_layertap.json").toFile)
}

package layertap.cluster

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.file.{Files, Path}
import layertap.cluster.SparkSubmit.Finished
import layertap.testing.Setting
import layertap.testing.TempFolder
import org.apache.spark.sql.SparkSession
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funsuite.AnyFunSuite

/** The packaged jar on a standalone cluster of two workers; `scripts/test-cluster` runs it. */
class StandaloneClusterTest extends AnyFunSuite with BeforeAndAfterAll {
  private val copies = 60

  private lazy val spark =
    SparkSession.builder().master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
  private val rows = new AnsweredRows(spark)

  override protected def afterAll(): Unit = SparkSession.getDefaultSession.foreach(_.stop())

  Setting.of("cluster.spark").foreach { home =>
    def onCluster(body: (StandaloneCluster, Path) => Unit): Unit = TempFolder.use { folder =>
      val cluster = StandaloneCluster.start(Path.of(home), folder.resolve("cluster"), workers = 2)
      try {
        rows.write(folder.resolve("rows"), copies, files = 8)
        Files.writeString(folder.resolve("job.conf"), rows.job(folder))
        body(cluster, folder)
      } finally cluster.close()
    }

    test(
      "a bare spark-submit: Keras' values, one opening for each executor, in memory as advised"
    ) {
      onCluster { (cluster, folder) =>
        // No process of the cluster has unpacked the natives yet: the executors do it at once.
        val job = folder.resolve("job.conf").toString
        val plan = cluster.submit.run(Seq("--conf", "spark.executor.cores=2"), "plan", job)
        val advised = """spark.executor.memory=(\d+)m spark.executor.memoryOverhead=(\d+)m""".r
          .findFirstMatchIn(plan.stdout)
          .getOrElse(fail(plan.stdout))
        val memory = new PeakMemory(() => cluster.executors.map(_.pid))
        val options =
          cluster.options ++ Seq("--conf", s"spark.executor.memory=${advised.group(1)}m")
        val finished = cluster.submit.run(options, "extract", job)
        val peaks = memory.stop()
        requireDone(finished, folder)
        // The master may start one more when those of a job that is done end.
        assert(peaks.size >= 2)
        val limit = advised.group(1).toLong + advised.group(2).toLong
        peaks.values.foreach(peak => assert((peak >> 20) <= limit, s"MB, ${advised.matched}"))
        assert(read(folder).get("session-opens").asInt == 2)
        cluster.executorLogs.foreach { log =>
          assert(!log.contains("I tensorflow/core"), "executors set the level of TensorFlow's log")
        }
      }
    }

    test("cluster deploy mode: the driver runs on a worker, and its exit code is in its state") {
      onCluster { (cluster, folder) =>
        val options = cluster.options ++ Seq("--deploy-mode", "cluster") ++
          Seq("--conf", "spark.standalone.submit.waitAppCompletion=true") ++
          Seq("--driver-cores", "1", "--executor-cores", "1", "--total-executor-cores", "2")
        val job = folder.resolve("job.conf").toString
        val finished = cluster.submit.run(options, "extract", job)
        assert(finished.code == 0, finished.stderr)
        assert(cluster.driverLogs.last.linesIterator.toSeq.last == "layertap: exit 0: done")
        rows.compare(folder.resolve("features"), copies)
        assert(read(folder).get("session-opens").asInt == 2)

        val again = cluster.submit.run(options, "extract", job)
        // spark-submit itself ends with 0: the master alone knows better.
        assert(again.stderr.contains(" is FAILED, exiting spark-submit JVM"), again.stderr)
        val last = cluster.driverLogs.last.linesIterator.toSeq.last
        assert(last.startsWith("layertap: exit 2: cannot write to "), last)
      }
    }
  }

  private def requireDone(finished: Finished, folder: Path): Unit = {
    assert(finished.code == 0, finished.stderr)
    assert(finished.lastLine == "layertap: exit 0: done")
    rows.compare(folder.resolve("features"), copies)
  }

  private def read(folder: Path): JsonNode =
    new ObjectMapper().readTree(folder.resolve("features").resolve("_layertap.json").toFile)
}

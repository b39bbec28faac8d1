package layertap.cluster

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.file.{Files, Path}
import layertap.testing.{Setting, TempFolder}
import org.apache.spark.sql.SparkSession
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funsuite.AnyFunSuite

/** The packaged jar on a standalone cluster of two workers; `scripts/test-cluster` runs it. */
class StandaloneClusterTest extends AnyFunSuite with BeforeAndAfterAll {
  private val copies = 100

  private lazy val spark =
    SparkSession.builder().master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
  private val rows = new AnsweredRows(spark)

  /** Eight tasks or more, on both executors. */
  private val manyTasks = Seq("--conf", "spark.sql.files.minPartitionNum=16")

  override protected def afterAll(): Unit = SparkSession.getDefaultSession.foreach(_.stop())

  Setting.of("cluster.spark").foreach { home =>
    def onCluster(body: (StandaloneCluster, Path) => Unit): Unit = TempFolder.use { folder =>
      val cluster = StandaloneCluster.start(Path.of(home), folder.resolve("cluster"), workers = 2)
      try body(cluster, folder)
      finally cluster.close()
    }

    test("a bare spark-submit: Keras' values, and each executor opens the model once") {
      onCluster { (cluster, folder) =>
        rows.write(folder.resolve("rows"), copies, files = 8)
        val configuration = Files.writeString(folder.resolve("job.conf"), rows.job(folder))
        val memory = new PeakMemory(() => cluster.executors.map(_.pid))
        val options = cluster.options ++ manyTasks
        val finished = cluster.submit.run(options, "extract", configuration.toString)
        val peaks = memory.stop()
        assert(finished.code == 0, finished.stderr)
        println(finished.stderr)
        println(peaks)
        assert(peaks.size == 2)
        rows.compare(folder.resolve("features"), copies)
        val manifest = read(folder.resolve("features"))
        println(manifest.toPrettyString)
        assert(manifest.get("session-opens").asInt == 2)
      }
    }
  }

  private def read(output: Path): JsonNode =
    new ObjectMapper().readTree(output.resolve("_layertap.json").toFile)
}

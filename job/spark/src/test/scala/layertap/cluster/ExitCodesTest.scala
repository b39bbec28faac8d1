package layertap.cluster

import java.nio.file.{Files, Path}
import layertap.cluster.SparkSubmit.Finished
import layertap.testing.Setting
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.jdk.StreamConverters._

/** What spark-submit says of jobs whose executors, memory or cluster fail, and what executors tell
  * the sinks of metrics: each executor is a JVM of its own here.
  */
class ExitCodesTest extends AnyFunSuite {
  private val cluster = Seq(
    "--master",
    "local-cluster[2,1,1024]",
    "--conf",
    "spark.ui.enabled=false",
    "--conf",
    "spark.task.maxFailures=2"
  )
  private val local = Seq("--master", "local[2]", "--conf", "spark.ui.enabled=false")

  Setting.of("cluster.spark").foreach { home =>
    val submit = new SparkSubmit(Path.of(home))

    /** Extracts some digits with a column made by an expression. */
    def extract(options: Seq[String], folder: Path, column: String): Finished = {
      val settings = Seq(
        // Executors work in folders of their own, and have to find what is named relative to the driver's.
        "model.path=test-data/models/digits_keras3",
        "input.path=test-data/digits",
        s"output.path=${folder.resolve("features")}",
        s"input.select.made=$column",
        "input.keep=[id,made]",
        "input.where=id < 20",
        "run.trial-seconds=0"
      )
      submit.run(
        options,
        Seq("extract", "conf/digits.conf") ++ settings.flatMap(Seq("--set", _)): _*
      )
    }

    /** Whether it failed with a last line for that code, and left no output. */
    def requireFailed(finished: Finished, folder: Path, lastLines: (Int, String)*): Unit = {
      val lastLine = lastLines.toMap.get(finished.code)
      assert(lastLine.isDefined, finished.stderr)
      assert(finished.lastLine.startsWith(lastLine.get), finished.lastLine)
      assert(!Files.exists(folder.resolve("features")))
    }

    test("executors that die again and again: exit 3, for a scheduler to try again") {
      TempFolder.use { folder =>
        val finished =
          extract(cluster, folder, "if(id = 3, reflect('java.lang.System', 'exit', 7), '')")
        val lost = "layertap: exit 3: cannot go on: Spark lost executors: Job aborted due to stage "
        requireFailed(finished, folder, 3 -> lost)
      }
    }

    test("executors whose heap is full: the last line says so, or that they were lost") {
      TempFolder.use { folder =>
        val finished = extract(cluster, folder, "length(repeat('x', 2000000000 + id))")
        // An executor may say why it ends before it does, or may not.
        requireFailed(
          finished,
          folder,
          1 -> "layertap: exit 1: cannot go on: Java is out of memory (",
          3 -> "layertap: exit 3: cannot go on: Spark lost executors: "
        )
      }
    }

    test("a heap that is full in local mode: exit 1, and what to raise") {
      TempFolder.use { folder =>
        val finished = extract(local, folder, "length(repeat('x', 2000000000 + id))")
        val words = "layertap: exit 1: cannot go on: Java is out of memory ("
        requireFailed(finished, folder, 1 -> words)
        assert(finished.lastLine.contains("spark.driver.memory"), finished.lastLine)
      }
    }

    test("a row that cannot be extracted is the user's error, told by an executor") {
      TempFolder.use { folder =>
        val finished = extract(
          cluster ++ Seq("--conf", "spark.serializer=org.apache.spark.serializer.KryoSerializer"),
          folder,
          "1 / (id - 3)"
        )
        val words = "layertap: exit 2: cannot run the job: [DIVIDE_BY_ZERO] Division by zero."
        requireFailed(finished, folder, 2 -> words)
      }
    }

    test("the metrics of executors reach the sinks that conf/metrics.properties names") {
      TempFolder.use { folder =>
        val sink = Files.createDirectory(folder.resolve("metrics"))
        val metrics = Seq(
          "spark.metrics.conf.executor.sink.csv.class=org.apache.spark.metrics.sink.CsvSink",
          s"spark.metrics.conf.executor.sink.csv.directory=$sink"
        )
        val finished = extract(cluster ++ metrics.flatMap(Seq("--conf", _)), folder, "1")
        assert(finished.code == 0, finished.stderr)
        val files = Files.list(sink)
        val values =
          try
            files
              .toScala(Seq)
              .filter(_.getFileName.toString.contains(".MetricsPlugin."))
              .map(file =>
                file.getFileName.toString.split('.').reverse(1) ->
                  Files.readAllLines(file).asScala.last.split(",")(1).toDouble
              )
          finally files.close()
        def sum(metric: String) = values.collect { case (`metric`, value) => value }.sum
        assert(sum("rows") == 20, values)
        assert(sum("batches") == 3, values)
        assert(sum("session-opens") == 1, values)
        assert(sum("native-bytes") > 0, values)
      }
    }
  }
}

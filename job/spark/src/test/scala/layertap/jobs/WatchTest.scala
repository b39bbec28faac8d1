package layertap.jobs

import layertap.extract.SessionPool
import layertap.report.PrintedLines
import layertap.spark.run.ProgressListener
import java.io.{ByteArrayOutputStream, PrintStream}
import java.nio.file.{Files, Path}
import java.time.Duration
import layertap.jobs.Digits.set
import layertap.testing.JavaProcess
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import org.apache.spark.api.plugin.{DriverPlugin, ExecutorPlugin, PluginContext, SparkPlugin}
import org.apache.spark.scheduler.{
  SparkListener,
  SparkListenerJobStart,
  SparkListenerStageCompleted,
  SparkListenerTaskEnd,
  StageInfo
}
import org.scalatest.concurrent.Eventually
import org.scalatest.funsuite.AnyFunSuite
import org.scalatest.time.SpanSugar._
import scala.jdk.CollectionConverters._
import scala.jdk.StreamConverters._

/** What those who watch a job see: names of Spark's jobs, accumulators, lines of progress, metrics.
  */
class WatchTest extends AnyFunSuite with Eventually {
  private val spark = SharedSpark.session
  private val twenty = set("input.where=id < 20")

  private class Watcher extends SparkListener {
    @volatile var descriptions: Seq[String] = Seq()
    @volatile var stages: Seq[StageInfo] = Seq()

    override def onJobStart(job: SparkListenerJobStart): Unit =
      descriptions = descriptions :+ job.properties.getProperty("spark.job.description", "")

    override def onStageCompleted(stage: SparkListenerStageCompleted): Unit =
      stages = stages :+ stage.stageInfo
  }

  /** Runs a job, and does not look at the output: that would be a job of Spark's, too. */
  private def extract(folder: JobFolder, configuration: String, arguments: String*): Unit = {
    val command = folder.extract(configuration, arguments: _*)
    assert(command.code === 0, command.log)
  }

  /** Watches until everything that Spark did for the body was told. */
  /** Holds up the listeners behind it. */
  private class LateEnds extends SparkListener {
    override def onTaskEnd(task: SparkListenerTaskEnd): Unit = Thread.sleep(1000)
  }

  private def watched[L <: SparkListener](listener: L)(body: => Any): Unit = {
    val last = new Watcher
    spark.sparkContext.addSparkListener(listener)
    spark.sparkContext.addSparkListener(last)
    try {
      body
      spark.sparkContext.setJobDescription("the last one")
      spark.range(1).count()
      spark.sparkContext.setJobDescription(null)
      eventually(timeout(1.minute), interval(10.millis)) {
        assert(last.descriptions.contains("the last one"))
      }
    } finally {
      spark.sparkContext.removeSparkListener(listener)
      spark.sparkContext.removeSparkListener(last)
    }
  }

  private def stepsOf(folder: JobFolder)(body: => Any): Seq[String] = {
    val watcher = new Watcher
    watched(watcher)(body)
    val id = folder.manifest.get("run").asText
    val run = s"layertap run $id, test-data/models/digits_keras3 to ${folder.output}: "
    val descriptions = watcher.descriptions.filter(_ != "the last one")
    descriptions.foreach(description => assert(description.startsWith(run)))
    descriptions.map(_.stripPrefix(run)).distinct
  }

  test("each of Spark's jobs says of which step of which run it is part") {
    JobFolder.use { folder =>
      val job = Digits.job(Digits.write(folder, "in", "id < 20", 2))
      val steps = stepsOf(folder)(SharedSpark.withTaskPerFile(extract(folder, job, twenty: _*)))
      assert(
        steps === Seq(
          "opening the input",
          "looking at the first rows",
          "extracting softmax",
          "merging small files"
        )
      )
      assert(spark.sparkContext.getLocalProperty("spark.job.description") === null)
      val append = set("output.mode=append", "input.where=id >= 20")
      assert(
        stepsOf(folder)(extract(folder, Digits.job(), append: _*)) ===
          Seq(
            "opening the input",
            "looking at the first rows",
            "looking for keys that are there already",
            "extracting softmax"
          )
      )
    }
  }

  test("resume names its chunks") {
    JobFolder.use { folder =>
      val resume = twenty ++ set("output.mode=resume", "output.chunk-rows=12")
      assert(
        stepsOf(folder)(extract(folder, Digits.job(), resume: _*)) === Seq(
          "opening the input",
          "looking at the first rows",
          "looking for rows that are missing",
          "extracting softmax, chunk 1 of 2",
          "extracting softmax, chunk 2 of 2"
        )
      )
    }
  }

  test("of many features the first are named") {
    JobFolder.use { folder =>
      val all = twenty ++ set("""features=["*"]""")
      val steps = stepsOf(folder)(extract(folder, Digits.job(), all: _*))
      val extracting = steps.find(_.startsWith("extracting ")).get
      assert(extracting.matches("extracting (\\w+, ){3}\\w+ and \\d+ more"), extracting)
    }
  }

  test("accumulators have names, and values of what was done") {
    JobFolder.use { folder =>
      SessionPool.ofThisJvm.closeIdle()
      val watcher = new Watcher
      val oneIsBad = set(
        "input.select.pixels=if(id = 3, array(1.0D), pixels)",
        "rows.on-invalid=skip"
      )
      watched(watcher)(extract(folder, Digits.job(), twenty ++ oneIsBad: _*))
      val values = watcher.stages
        .flatMap(_.accumulables.values)
        .filter(_.name.exists(_.startsWith("layertap ")))
        .map(info => info.name.get.stripPrefix("layertap ") -> info.value.get)
        .toMap
      val counts = values.collect { case (name, count: Long) => name -> count }
      assert(
        counts === Map("rows" -> 20, "invalid rows" -> 1, "batches" -> 3, "session opens" -> 1)
      )
      val seconds = values.collect { case (name, seconds: Double) => name -> seconds }
      assert(seconds.keySet === Set("decode seconds", "inference seconds", "write seconds"))
      assert(seconds.values.forall(_ > 0), seconds)
    }
  }

  test("the manifest tells where the tasks' time went, all of it") {
    JobFolder.use { folder =>
      extract(folder, Digits.job(), twenty: _*)
      val manifest = folder.manifest
      assert(manifest.get("batches").asInt === 3)
      val shares = manifest.get("task-shares").properties.asScala.map(_.getValue.asDouble)
      assert(Math.abs(shares.sum - 1) < 0.01, shares)
      val seconds = manifest.get("task-seconds").properties.asScala.toSeq
      assert(seconds.map(_.getKey) === Seq("read", "open", "decode", "inference", "write"))
      assert(seconds.forall(_.getValue.asDouble >= 0), seconds)
      assert(manifest.get("task-seconds").get("inference").asDouble > 0)
    }
  }

  test("a line of progress: rows, their rate, invalid ones, tasks") {
    JobFolder.use { folder =>
      val job = Digits.job(Digits.write(folder, "in", "id < 20", 2))
      val printed = new ByteArrayOutputStream
      val listener = new ProgressListener(new PrintStream(printed), 0)
      val settings = set(
        "input.select.pixels=if(id in (3, 4), array(1.0D), pixels)",
        "rows.on-invalid=keep"
      )
      watched(listener)(extract(folder, job, twenty ++ settings: _*))
      val line = listener.progress(Duration.ofSeconds(2)).line
      listener.close()
      val tasks = "(\\d+) of \\1 tasks done"
      assert(line.matches(s"layertap: 20 rows, 10\\.0 rows/s, 2 invalid, $tasks"), line)
      assert(printed.toString === "", "a listener of 0 seconds prints nothing")
    }
  }

  test("only tasks that extract count: not those that look for keys, choose rows or merge files") {
    JobFolder.use { folder =>
      val job = Digits.job(Digits.write(folder, "in", "id < 20", 3))
      val listener = new ProgressListener(new PrintStream(new ByteArrayOutputStream), 0)
      val resume = twenty ++ set("output.mode=resume", "output.chunk-rows=12")
      val all = SharedSpark.withTaskPerFile {
        SharedSpark.countTasks(watched(listener)(extract(folder, job, resume: _*)))
      }
      val resumed = listener.progress(Duration.ofSeconds(2))
      listener.close()
      assert(resumed.rows === 20)
      assert(resumed.tasks.all <= 6 && resumed.tasks.all < all, s"${resumed.tasks} of $all")
      assert(resumed.tasks.done === resumed.tasks.all)
      assert(resumed.share === 1)
    }
    JobFolder.use { folder =>
      val job = Digits.job(Digits.write(folder, "in", "id < 20", 3))
      val listener = new ProgressListener(new PrintStream(new ByteArrayOutputStream), 0)
      // Rows of three files are brought into one task first.
      watched(listener)(SharedSpark.withTaskPerFile(extract(folder, job, "--limit", "5")))
      val limited = listener.progress(Duration.ofSeconds(2))
      listener.close()
      assert((limited.rows, limited.tasks.all, limited.tasks.done) === ((5, 1, 1)))
    }
  }

  test("on a terminal a bar shows the rows of a task that runs, and is gone at the end") {
    JobFolder.use { folder =>
      val sleeps = "reflect('java.lang.Thread', 'sleep', 100L)"
      val settings = set(s"input.select.pixels=if($sleeps = 'x', array(1.0D), pixels)")
      val job = Digits.job(Digits.write(folder, "in", "id < 20", 1))
      val bytes = new ByteArrayOutputStream
      val listener =
        new ProgressListener(new PrintedLines(new PrintStream(bytes), () => true), 3600)
      // The bar is drawn between the end of a task and the moment when it is told so, too.
      watched(new LateEnds)(watched(listener)(extract(folder, job, settings: _*)))
      listener.close()
      val clear = "\r\u001b[K"
      val printed = bytes.toString
      assert(printed.endsWith(clear))
      val bar = "\\[[#.]{20}\\] +\\d+ %  (\\d+) rows, [\\d.]+ rows/s(, about \\S+ min left)?".r
      val rows = printed.split(java.util.regex.Pattern.quote(clear)).toSeq.collect {
        case bar(count, _) => count.toInt
      }
      assert(rows.exists(count => count > 0 && count < 20), printed)
      assert(rows === rows.sorted, printed)
      assert(!printed.contains("\n"), "no lines")
    }
  }

  test("lines of progress come while a single task runs; metrics reach the sinks, beside others'") {
    JobFolder.use { folder =>
      val sink = folder.path.resolve("metrics").toString
      Files.createDirectory(Path.of(sink))
      val options = Seq(
        "-Dspark.executor.heartbeatInterval=500ms",
        "-Dspark.plugins=layertap.jobs.OtherPlugin",
        "-Dspark.metrics.conf.*.sink.csv.class=org.apache.spark.metrics.sink.CsvSink",
        s"-Dspark.metrics.conf.*.sink.csv.directory=$sink"
      )
      val sleeps = "reflect('java.lang.Thread', 'sleep', 200L)"
      val settings = set(
        s"input.select.pixels=if($sleeps = 'x' or id = 19, array(1.0D), pixels)",
        "rows.on-invalid=skip",
        "run.progress-seconds=1",
        "run.trial-seconds=0",
        s"output.path=${folder.output}"
      )
      // Written before: filters wait for expressions that are not deterministic.
      val file = folder.write(Digits.job(Digits.write(folder, "in", "id < 20", 1)))
      val (code, log) = JavaProcess
        .layertap(options, Seq("extract", file.toString) ++ settings: _*)
        .finish()
      assert(code === 0, log)
      val counted = "layertap: (\\d+) of 20 rows, [\\d.]+ rows/s, [01] invalid, \\d of 1 tasks done"
      val line = s"$counted(?:, about [\\d:]+ min left)?".r
      val rows = log.linesIterator.collect { case line(count) => count.toInt }.toSeq
      assert(rows.exists(count => count > 0 && count < 20), log)
      assert(rows === rows.sorted, log)
      val metrics = lastValues(Path.of(sink))
      val counts = Seq("rows", "invalid-rows", "batches", "session-opens").map(metrics)
      assert(counts === Seq(20, 1, 3, 1), metrics)
      Seq("decode-seconds", "inference-seconds", "write-seconds", "native-bytes").foreach { name =>
        assert(metrics(name) > 0, metrics)
      }
      val other = names(Path.of(sink)).filter(_.contains("layertap.jobs.OtherPlugin.other"))
      assert(other.size === 1)
    }
  }

  private def names(sink: Path): Seq[String] = {
    val files = Files.list(sink)
    try files.toScala(Seq).map(_.getFileName.toString)
    finally files.close()
  }

  /** The last value of each of the plugin's metrics, from the files of a CSV sink. */
  private def lastValues(sink: Path): Map[String, Double] = {
    val metric = ".*plugin\\.layertap\\.spark\\.MetricsPlugin\\.([a-z-]+)\\.csv".r
    names(sink).collect { case name @ metric(key) =>
      val lines = Files.readAllLines(sink.resolve(name)).asScala
      key -> lines.last.split(",")(1).toDouble
    }.toMap
  }
}

/** A plugin of the user's. */
class OtherPlugin extends SparkPlugin {
  override def driverPlugin(): DriverPlugin = null

  override def executorPlugin(): ExecutorPlugin = new ExecutorPlugin {
    override def init(
        context: PluginContext,
        configuration: java.util.Map[String, String]
    ): Unit = context.metricRegistry.counter("other").inc()
  }
}

package layertap.jobs.model

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.{Files, Path}
import java.util.concurrent.atomic.{AtomicBoolean, AtomicLong}
import layertap.extract.{Extractor, SessionPool}
import layertap.spark.LayerFeaturizer
import layertap.testing.{Command, JobFolder, Setting, SharedSpark}
import org.apache.spark.sql.functions.col
import org.apache.spark.sql.{DataFrame, Row}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.jdk.StreamConverters._

/** A model whose variables are more than 2 GB, in a heap of 1 GB, against Keras' answers; started
  * by `scripts/test-big-models`, which makes the models and deletes them.
  */
class BigModelTest extends AnyFunSuite {
  private val folder = Path.of(Setting.of("big.model").getOrElse(sys.error("no big.model")))

  /** Of all values of a row, relative to the largest one. */
  private val tolerance = 1e-4

  /** Code, and what a batch and the buffers take. */
  private val besideHeap = 1L << 30

  private val isDense = folder.getFileName.toString == "dense"

  /** Of the variables that the features need: Keras' checkpoint holds some twice. */
  private val weights = if (isDense) 3000600000L else 2500000000L

  private val (feed, columns) =
    if (isDense)
      (
        "{ input = x, column = x, tensor { shape = [5000] } }",
        Seq(
          "middle" -> "{ layer = dense_14, column = middle }",
          "last" -> "{ layer = dense_29, column = last }",
          "saliency" -> "{ gradient { of = dense_29, class = 7, wrt = x }, column = saliency }"
        )
      )
    else
      (
        "{ input = x, column = x, tensor { shape = [8] } }",
        Seq(
          "table" -> "{ layer = table, column = table }",
          "head" -> "{ layer = head, column = head }"
        )
      )

  private val features = columns.map(_._2).mkString("[", ", ", "]")

  private def rows: DataFrame = {
    val read = SharedSpark.session.read.json(folder.resolve("rows.json").toString)
    read.withColumn("x", col("x").cast(if (isDense) "array<float>" else "array<int>"))
  }

  private lazy val answers: Map[Long, Row] =
    rows.collect().map(row => row.getAs[Long]("id") -> row).toMap

  private def assertRight(found: DataFrame, count: Int): Unit = {
    val all = found.collect()
    assert(all.length === count)
    all.foreach { row =>
      val id = row.getAs[Long]("id")
      columns.foreach { case (name, _) =>
        val values = JobFolder.floats(row, name).map(_.toDouble).toSeq
        assertClose(s"$name of row $id", values, expected(id, name))
      }
    }
  }

  private def expected(id: Long, column: String): Seq[Double] =
    answers(id).getAs[scala.collection.Seq[Double]](column).toSeq

  private def assertClose(what: String, found: Seq[Double], expected: Seq[Double]): Unit = {
    assert(found.size === expected.size, what)
    val largest = expected.map(math.abs).max
    if (largest == 0) {
      // Its unit is off.
      assert(what.startsWith("saliency") && found.forall(_ == 0), what)
      return
    }
    val difference = found.zip(expected).map { case (a, b) => math.abs(a - b) }.max / largest
    assert(difference < tolerance, what)
    info(f"$what: differs by $difference%.1e of its largest value")
  }

  private def configuration(in: JobFolder): Path = {
    val input = in.path.resolve("rows")
    rows.select("id", "x").coalesce(1).write.parquet(input.toString)
    in.write(
      s"""model.path = "${folder.resolve("model")}"
         |input { format = parquet, path = "$input", keep = id }
         |feeds = [ $feed ]
         |features = $features
         |output { path = "${in.output}", key = id, mode = resume }
         |run { batch-size = 3, remember-trial = false }
         |""".stripMargin
    )
  }

  /** The most that a process has had in memory, in bytes. */
  private def peak(process: Long): Long = {
    val status = Path.of(s"/proc/$process/status")
    try
      Files
        .readString(status)
        .linesIterator
        .find(_.startsWith("VmHWM:"))
        .fold(0L)(_.replaceAll("\\D", "").toLong * 1024)
    catch { case _: java.io.IOException => 0L }
  }

  /** The peak of the JVMs that this one starts while something is done. */
  private def peakOfOthers(work: => Unit): Long = {
    val most = new AtomicLong
    val isDone = new AtomicBoolean
    val watch = new Thread(() =>
      while (!isDone.get) {
        ProcessHandle.current.descendants
          .toScala(Seq)
          .foreach(each => most.accumulateAndGet(peak(each.pid), math.max(_, _)))
        Thread.sleep(100)
      }
    )
    watch.start()
    try work
    finally {
      isDone.set(true)
      watch.join()
    }
    most.get
  }

  test("a job in two parts gives Keras' values; each process holds the variables once") {
    assert(Runtime.getRuntime.maxMemory <= (1L << 30))
    JobFolder.use { in =>
      val job = configuration(in).toString
      def extract(arguments: String*): Unit = {
        val command = Command.run("extract" +: job +: arguments: _*)
        assert(command.code === 0, command.log)
      }
      val trial = peakOfOthers(extract("--set", "input.where=id < 2"))
      assertRight(in.rows, 2)
      // Its session would wait beside that of the next job, whose self-check rounded otherwise.
      SessionPool.ofThisJvm.closeIdle()
      extract()
      assertRight(in.rows, answers.size)
      val own = peak(ProcessHandle.current.pid)
      info(
        f"the trial had $trial%,d bytes in memory, the job $own%,d, the variables are $weights%,d"
      )
      assert(trial > weights && trial < weights + (1L << 30) + besideHeap)
      assert(own > weights && own < weights + (1L << 30) + besideHeap)
    }
    SessionPool.ofThisJvm.closeIdle()
  }

  test("plan counts the variables for executors and for the trial") {
    JobFolder.use { in =>
      val command = Command.run("plan", configuration(in).toString, "--json", "--no-input")
      assert(command.code === 0, command.log)
      val plan = new ObjectMapper().readTree(command.out)
      assert(math.abs(plan.get("variables").get("bytes").asLong - weights) < 10000)
      val memory = plan.get("memory")
      Seq("opening-bytes", "trial-bytes", "driver-overhead-bytes", "executor-overhead-bytes")
        .foreach { figure =>
          val bytes = memory.get(figure).asLong
          assert(bytes > weights && bytes < weights + (3L << 30), figure)
        }
    }
  }

  test("a DataFrame's features are Keras' too") {
    val featurizer = new LayerFeaturizer()
      .setModel(folder.resolve("model").toString)
      .setFeeds(s"[ $feed ]")
      .setFeatures(features)
    assertRight(featurizer.transform(rows.select("id", "x").where("id < 2").coalesce(1)), 2)
    SessionPool.ofThisJvm.closeIdle()
  }

  test("rows of plain Java have them too") {
    JobFolder.use { in =>
      val extractor = Extractor.builder().configuration(configuration(in)).open()
      try {
        val values = answers(3).getAs[scala.collection.Seq[Any]]("x").toSeq
        val fed: Object =
          if (isDense) values.map(_.toString.toFloat).toArray
          else values.map(_.toString.toInt).toArray
        val row = extractor.extract(java.util.Map.of("x", fed))
        assert(row.isValid, row.error)
        columns.foreach { case (name, _) =>
          val found = row.features.get(name).values.asInstanceOf[Array[Float]]
          assertClose(s"$name in plain Java", found.map(_.toDouble).toSeq, expected(3, name))
        }
      } finally extractor.close()
    }
  }
}

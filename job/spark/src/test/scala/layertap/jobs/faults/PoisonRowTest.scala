package layertap.jobs.faults

import java.nio.file.{Files, Path}
import layertap.testing.{JavaProcess, JobFolder, PoisonLoop, SharedSpark}
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** A row that sends a loop of the model round for ever. */
class PoisonRowTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  import spark.implicits._

  private val poison = 7

  /** Twelve rows in two files, of which one is poison. */
  private def job(
      folder: JobFolder,
      rows: String,
      more: String = "run.batch-seconds = 2"
  ): String = {
    val (model, in) = (folder.path.resolve("model"), folder.path.resolve("in"))
    if (!Files.exists(model)) {
      PoisonLoop.files.writeTo(model)
      (0 until 12)
        .map(id => (id, Seq(if (id == poison) 1e6f else id.toFloat, 2f, 3f)))
        .toDF("id", "x")
        .repartition(2, $"id")
        .write
        .parquet(in.toString)
    }
    s"""model.path = "$model"
       |input { format = parquet, path = "$in", keep = id }
       |feeds = [{ input = x, column = x, tensor {} }]
       |features = [{ output = y, column = y }]
       |rows { $rows }
       |run.batch-size = 4
       |output.key = id
       |$more""".stripMargin
  }

  private val reason = "it takes more than run.batch-seconds = 2 alone (raise that if it may)"

  private def assertSound(rows: Seq[Row]): Unit = {
    val values = rows.map(row => row.getInt(0) -> row.getSeq[Float](1)).toMap
    val expected = (0 until 12).filter(_ != poison).map(id => id -> Seq(id.toFloat, 2f, 3f)).toMap
    assert(values === expected && rows.size === 11)
  }

  test("error: the job fails, and names the row") {
    JobFolder.use { folder =>
      val command = folder.extract(job(folder, "on-invalid = error"))
      assert(command.code === 2, command.log)
      assert(
        command.message === s"cannot extract the row id=7: $reason; correct or filter it, or set" +
          " rows.on-invalid to skip or keep"
      )
      assert(folder.names === Seq("in", "job.conf", "model"))
    }
  }

  test("skip: all other rows are written, with their values, and the row is counted") {
    JobFolder.use { folder =>
      assertSound(folder.extracted(job(folder, "on-invalid = skip")).collect().toSeq)
      assert(
        folder.manifest.get("rows").toString ===
          """{"read":12,"written":11,"skipped":1,"invalid":1}"""
      )
      assert(folder.manifest.get("invalid-samples").get(0).asText === s"id=7: $reason")
    }
  }

  test("keep: the row is there with its reason; the same for a model that is not tried before") {
    JobFolder.use { folder =>
      val configuration = job(folder, "on-invalid = keep")
      val rows =
        folder.extracted(configuration, "--set", "run.self-check=false").collect().toSeq
      val (kept, sound) = rows.partition(_.getInt(0) == poison)
      assertSound(sound)
      assert(
        kept.map(row => (row.isNullAt(1), row.getAs[String]("_error"))) === Seq((true, reason))
      )
    }
  }

  test("the process ends in the middle: the next run of that output begins by naming the rows") {
    JobFolder.use { folder =>
      val file = folder.write(job(folder, "on-invalid = error", "run.batch-seconds = 0"))
      val words = Seq("extract", file.toString) ++
        Seq(s"output.path=${folder.output}", "run.trial-seconds=0", "output.mode=overwrite")
          .flatMap(Seq("--set", _))
      val running = JavaProcess.layertap(Seq(), words: _*)
      // Jobs of other suites note rows in the same folder, some of them with an id of 7.
      def isUnderWay = notes(folder).exists(_.contains("id=7"))
      while (running.isAlive && !isUnderWay) Thread.sleep(100)
      if (!running.isAlive) fail(running.finish()._2)
      running.kill(isTold = false)
      running.finish()
      val (code, log) =
        JavaProcess.layertap(Seq(), words ++ Seq("--set", "input.where=id <> 7"): _*).finish()
      assert(code === 0, log)
      val first = log.linesIterator.find(_.startsWith("layertap: ")).getOrElse("")
      assert(
        first.startsWith(
          s"layertap: warning: the process of an earlier run of ${folder.output} ended while these" +
            " rows were under way: "
        ),
        log
      )
      assert(first.contains("id=7"), log)
      assert(notes(folder).isEmpty)
      assertSound(folder.rows.collect().toSeq)
    }
  }

  /** The notes on this output, of processes whose JVMs keep their files where they do by default.
    */
  private def notes(job: JobFolder): Seq[String] = {
    val folder = Path.of("/tmp", s"layertap-rows-${sys.props("user.name")}")
    if (!Files.isDirectory(folder)) Seq()
    else {
      val files = Files.list(folder)
      try files.iterator.asScala.map(read).filter(_.contains(job.output.toString)).toSeq
      finally files.close()
    }
  }

  private def read(note: Path): String =
    try Files.readString(note)
    catch { case _: java.io.IOException => "" }
}

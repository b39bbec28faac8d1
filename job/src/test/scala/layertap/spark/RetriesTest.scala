package layertap.spark

import java.util.concurrent.atomic.AtomicInteger
import layertap.spark.Digits.{expected, features, set}
import layertap.testing.{JavaProcess, JobFolder}
import org.apache.spark.TaskContext
import org.apache.spark.sql.SparkSession
import org.scalatest.funsuite.AnyFunSuite

/** Tasks that fail are tried again; what their first attempts did counts for nothing. */
class RetriesTest extends AnyFunSuite {

  Seq("overwrite", "resume").foreach { mode =>
    test(s"$mode: rows of attempts that failed halfway are neither written nor counted") {
      JobFolder.use { folder =>
        val job = Digits.job(Digits.write(folder, "in", "id < 90", 3))
        val file = folder.write(job)
        val (code, log) = JavaProcess
          .start(
            "layertap.spark.RetryingDriver",
            JavaProcess.sparkOptions,
            Seq("extract", file.toString) ++ set(
              s"output.path=${folder.output}",
              s"output.mode=$mode",
              "output.chunk-rows=40",
              "input.options.openCostInBytes=1",
              "input.where=fails_once(id)"
            ): _*
          )
          .finish()
        assert(code === 0, log)
        assert(log.contains("attempts failed: ") && !log.contains("attempts failed: 0"), log)
        assert(features(folder.rows.collect().toSeq) === expected(90))
        val rows = """{"read":90,"written":90,"skipped":0,"invalid":0}"""
        assert(folder.manifest.get("rows").toString === rows)
        assert(folder.names === Seq("in", "job.conf", "out"))
      }
    }
  }
}

/** Runs a command in a session that tries tasks three times, with a predicate whose first attempts
  * fail after some rows.
  */
object RetryingDriver {
  private val failures = new AtomicInteger
  private val rows = new ThreadLocal[(Long, Int)]

  private def failsOnce(id: Int): Boolean = {
    val task = TaskContext.get()
    val seen = Option(rows.get).filter(_._1 == task.taskAttemptId()).fold(0)(_._2) + 1
    rows.set((task.taskAttemptId(), seen))
    if (task.attemptNumber() == 0 && seen == 20) {
      failures.incrementAndGet()
      throw new IllegalStateException("the first attempt fails")
    }
    id >= 0
  }

  def main(arguments: Array[String]): Unit = {
    val spark = SparkSession
      .builder()
      .master("local[2,3]")
      .config("spark.driver.bindAddress", "127.0.0.1")
      .config("spark.driver.host", "127.0.0.1")
      .config("spark.ui.enabled", false)
      .config("spark.sql.shuffle.partitions", 2)
      .getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    spark.udf.register("fails_once", failsOnce _)
    val code = new layertap.cli.CommandLine(System.out, System.err).run(arguments: _*)
    println(s"attempts failed: ${failures.get}")
    Runtime.getRuntime.halt(code)
  }
}

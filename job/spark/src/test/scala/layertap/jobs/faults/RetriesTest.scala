package layertap.jobs.faults

import layertap.jobs.Digits
import java.util.concurrent.atomic.AtomicInteger
import layertap.jobs.Digits.{expected, features, set}
import layertap.testing.SameValues.assertSame
import layertap.testing.JavaProcess
import layertap.testing.JobFolder
import org.apache.spark.TaskContext
import org.apache.spark.sql.SparkSession
import org.apache.spark.util.TaskCompletionListener
import org.scalatest.funsuite.AnyFunSuite

/** Tasks that fail are tried again; what their first attempts did counts for nothing. */
class RetriesTest extends AnyFunSuite {

  for {
    mode <- Seq("overwrite", "resume")
    (predicate, words) <- Seq(
      "fails_halfway" -> "that failed halfway",
      // Its files are whole and listed, like those of an executor that is lost, or was too slow.
      "fails_after_its_commit" -> "whose commit came to nothing"
    )
  } test(s"$mode: rows of attempts $words are neither written nor counted") {
    JobFolder.use { folder =>
      val file = folder.write(Digits.job(Digits.write(folder, "in", "id < 90", 3)))
      val (code, log) = JavaProcess
        .start(
          "layertap.jobs.faults.RetryingDriver",
          JavaProcess.sparkOptions :+ "-Dspark.sql.files.minPartitionNum=64",
          Seq("extract", file.toString) ++ set(
            s"output.path=${folder.output}",
            s"output.mode=$mode",
            "output.chunk-rows=40",
            "run.trial-seconds=0",
            s"input.where=$predicate(id)"
          ): _*
        )
        .finish()
      assert(code === 0, log)
      assert(log.contains("attempts failed: ") && !log.contains("attempts failed: 0"), log)
      assertSame(features(folder.rows.collect().toSeq), expected(90))
      val rows = """{"read":90,"written":90,"skipped":0,"invalid":0}"""
      assert(folder.manifest.get("rows").toString === rows)
      assert(folder.names === Seq("in", "job.conf", "out"))
    }
  }
}

/** Runs a command in a session that tries tasks three times, with predicates whose first attempts
  * fail.
  */
object RetryingDriver {
  private val failures = new AtomicInteger
  private val rows = new ThreadLocal[(Long, Int)]

  private def fail(): Nothing = {
    failures.incrementAndGet()
    throw new IllegalStateException("the first attempt fails")
  }

  /** How many rows the current attempt has seen, this one included. */
  private def count(task: TaskContext): Int = {
    val seen = Option(rows.get).filter(_._1 == task.taskAttemptId()).fold(0)(_._2) + 1
    rows.set((task.taskAttemptId(), seen))
    seen
  }

  private def failsHalfway(id: Int): Boolean = {
    val task = TaskContext.get()
    if (count(task) == 20 && task.attemptNumber() == 0) fail()
    id >= 0
  }

  /** Spark calls listeners when the task has done all, its commit too. */
  private def failsAfterItsCommit(id: Int): Boolean = {
    val task = TaskContext.get()
    if (count(task) == 1 && task.attemptNumber() == 0) {
      val listener: TaskCompletionListener = _ => fail()
      task.addTaskCompletionListener(listener)
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
    spark.udf.register("fails_halfway", failsHalfway _)
    spark.udf.register("fails_after_its_commit", failsAfterItsCommit _)
    val code = new layertap.cli.CommandRunner(System.out, System.err).run(arguments: _*)
    println(s"attempts failed: ${failures.get}")
    Runtime.getRuntime.halt(code)
  }
}

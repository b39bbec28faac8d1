package layertap.spark.featurizer

import java.nio.file.{Files, Path}
import layertap.spark.featurizer.Featurizers.{digits, numbers, rows}
import layertap.testing.SharedSpark
import org.apache.spark.TaskContext
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** What transforms hold in the tasks that run them. */
class FeaturizedTasksTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  import spark.implicits._

  test("a task that maps many partitions, one after the other, holds no more than for one") {
    val added = digits().transform(rows(120).repartition(60))
    val held = added
      .select("id", "softmax")
      .coalesce(1)
      .map(row => (row.getInt(0), row.getSeq[Float](1), Held.threads(), Held.notes()))
      .collect()
    assert(held.map(_._1).sorted.toSeq === (0 until 120))
    // Those of partitions before may still be ending.
    assert(held.map(_._3).max < 10, "threads")
    assert(held.map(_._4).max === 1, "notes")
    val alone = digits().transform(rows(120)).orderBy("id").collect().toSeq
    held.sortBy(_._1).flatMap(_._2).zip(numbers(alone, "softmax")).foreach { case (one, other) =>
      assert(math.abs(one - other) <= 1e-6)
    }
  }
}

/** Asked in a task. */
private object Held {

  /** Threads in which batches of the task run. */
  def threads(): Int = {
    val name = Thread.currentThread.getName + ", batches"
    Thread.getAllStackTraces.keySet.asScala.count(_.getName == name)
  }

  /** Files that name its rows. */
  def notes(): Int = {
    val folder = Path.of(
      System.getProperty("java.io.tmpdir"),
      "layertap-rows-" + System.getProperty("user.name")
    )
    val (process, task) = (ProcessHandle.current.pid, TaskContext.get().taskAttemptId())
    Using.resource(Files.list(folder))(
      _.iterator.asScala.map(_.getFileName.toString).count(_.matches(s"$process-\\d+-$task-.*"))
    )
  }
}

package layertap.jobs.faults

import layertap.jobs.Digits
import java.util.concurrent.atomic.AtomicInteger
import layertap.jobs.Digits.set
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import org.apache.spark.TaskContext
import org.scalatest.funsuite.AnyFunSuite

class KilledTaskTest extends AnyFunSuite {

  test("a task that is killed reads no row beyond the batch that it is at") {
    SharedSpark.session.udf.register("kill_task", KilledTask.passRow _)
    JobFolder.use { folder =>
      val settings = set("input.where=kill_task(id)", s"run.batch-size=${KilledTask.batch}")
      val command = folder.extract(Digits.job(), settings: _*)
      assert(command.code !== 0)
      val rows = KilledTask.rows.get
      assert(rows >= KilledTask.at && rows <= KilledTask.at + KilledTask.batch, command.log)
      assert(folder.names === Seq("job.conf"))
    }
  }
}

object KilledTask {
  val batch = 4
  val at = 21
  val rows = new AtomicInteger

  /** Called for one row after the other, from a file that Spark reads in one piece. */
  def passRow(id: Int): Boolean = {
    if (rows.incrementAndGet() == at) {
      SharedSpark.session.sparkContext.cancelAllJobs()
      while (!TaskContext.get().isInterrupted()) Thread.sleep(5)
    }
    id >= 0
  }
}

package layertap.jobs.faults

import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger
import layertap.jobs.Digits
import layertap.jobs.Digits.set
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import org.apache.spark.TaskContext
import org.apache.spark.util.TaskCompletionListener
import org.scalatest.funsuite.AnyFunSuite

class LateTaskTest extends AnyFunSuite {

  test("a task that outlives its failed job leaves nothing beside the output") {
    val spark = SharedSpark.session
    spark.udf.register("late", LateTask.passRow _)
    JobFolder.use { folder =>
      val in = Digits.write(folder, "in", "id >= 0", 2)
      val command = SharedSpark.withTaskPerFile(
        folder.extract(Digits.job(in), set("input.where=late(id)", "run.first-rows=0"): _*)
      )
      assert(command.code !== 0)
      assert(LateTask.ended.await(30, SECONDS), command.log)
      assert(folder.names === Seq("in", "job.conf"))
    }
  }
}

/** Of two tasks the first fails while the second, not yet told to end, is at its first batch. */
object LateTask {
  val ended = new CountDownLatch(1)
  private val rows = new AtomicInteger
  private val begun = new CountDownLatch(1)

  def passRow(id: Int): Boolean = {
    val task = TaskContext.get()
    if (task.partitionId() == 0) {
      begun.await(30, SECONDS)
      throw new IllegalStateException("the job fails")
    }
    // At the first row, it would be told before it begins the batch.
    if (rows.incrementAndGet() == 2) {
      val listener: TaskCompletionListener = _ => ended.countDown()
      task.addTaskCompletionListener(listener)
      begun.countDown()
      // Spark interrupts the thread; one that computes does not notice.
      try Thread.sleep(30000)
      catch { case _: InterruptedException => () }
      // The driver has seen it fail meanwhile.
      Thread.sleep(300)
    }
    id >= 0
  }
}

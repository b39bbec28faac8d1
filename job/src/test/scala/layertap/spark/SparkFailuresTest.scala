package layertap.spark

import java.io.{IOException, UncheckedIOException}
import layertap.model.ModelException
import org.apache.spark.SparkException
import org.scalatest.funsuite.AnyFunSuite

class SparkFailuresTest extends AnyFunSuite {
  private def inTask(cause: Throwable) =
    new SparkException("Job aborted", new SparkException("Task failed", cause))

  /** As Spark hands over what it cannot rebuild on the driver. */
  private def asText(words: String) =
    new SparkException(s"Job aborted: Lost task 1.0 (TID 3): $words\n\tat layertap.X.y(X.java:1)")

  test("what layertap threw comes out of whatever Spark wraps it in") {
    val model = new ModelException("cannot cut")
    assert(SparkFailures.cause(inTask(model)) eq model)
    val changed = new ModelChangedException("cannot go on")
    assert(SparkFailures.cause(inTask(changed)) eq changed)
    val row = SparkFailures.cause(inTask(new InvalidRowException("cannot extract the row id=1")))
    assert(row.isInstanceOf[ModelException] && row.getMessage === "cannot extract the row id=1")
  }

  test("what comes as text only is read from it") {
    val row = SparkFailures.cause(asText("layertap.spark.InvalidRowException: cannot extract: a"))
    assert(row.isInstanceOf[ModelException] && row.getMessage === "cannot extract: a")
    val changed = SparkFailures.cause(asText("layertap.spark.ModelChangedException: cannot go on"))
    assert(changed.isInstanceOf[ModelChangedException] && changed.getMessage === "cannot go on")
    val lost = SparkFailures.cause(asText("ExecutorLostFailure (executor 1 exited)"))
    assert(lost.isInstanceOf[UncheckedIOException])
    assert(lost.getMessage === "cannot go on: Spark lost executors")
  }

  test("storage that fails is the surroundings' fault") {
    val failure = SparkFailures.cause(inTask(new IOException("connection reset")))
    assert(failure.isInstanceOf[UncheckedIOException])
    assert(failure.getMessage === "cannot read or write files")
    assert(failure.getCause.getMessage === "connection reset")
  }

  test("anything else stays what it is") {
    val bug = new IllegalStateException("a bug")
    assert(SparkFailures.cause(bug) eq bug)
    val wrapped = inTask(bug)
    assert(SparkFailures.cause(wrapped) eq wrapped)
    val memory = new OutOfMemoryError
    assert(SparkFailures.cause(memory) eq memory)
  }
}

package layertap.extract.batch

import layertap.tensor.HostTensor
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class RowBatchTest extends AnyFunSuite {
  test("the last row fills up a batch") {
    assert(RowBatch.filledUp(Seq("a", "b").asJava, 4).asScala === Seq("a", "b", "b", "b"))
  }

  test("rows that are enough stay as they are") {
    val rows = Seq("a", "b").asJava
    assert(RowBatch.filledUp(rows, 2) eq rows)
    assert(RowBatch.filledUp(rows, 0) eq rows)
  }

  test("what rows have for a feed is stacked") {
    def tensor(values: Float*) = HostTensor.of(Array(values.size.toLong), values.toArray)
    val rows = Seq(
      Seq(tensor(1f), tensor(2f, 3f)).asJava,
      Seq(tensor(4f), tensor(5f, 6f)).asJava
    ).asJava
    val stacked = RowBatch.stacked(rows, 1)
    assert(stacked.shape === Array(2L, 2L))
    assert(stacked.values.asInstanceOf[Array[Float]] === Array(2f, 3f, 5f, 6f))
  }
}

package layertap.tensor

import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType._
import scala.jdk.CollectionConverters._

class HostTensorTest extends AnyFunSuite {

  private def floats(shape: Long*)(values: Float*) = HostTensor.of(shape.toArray, values.toArray)

  test("rows are stacked along a new first axis") {
    val stacked = HostTensor.stack(List(floats(2)(1, 2), floats(2)(3, 4), floats(2)(5, 6)).asJava)
    assert(stacked.shape === Array[Long](3, 2))
    assert(stacked.values === Array(1f, 2f, 3f, 4f, 5f, 6f))
    assert(stacked.dtype === DT_FLOAT)
  }

  test("scalars are stacked to a vector") {
    val stacked = HostTensor.stack(List(floats()(1), floats()(2)).asJava)
    assert(stacked.shape === Array(2L) && stacked.values === Array(1f, 2f))
  }

  test("a single row is stacked without a copy of its values") {
    val row = floats(2)(1, 2)
    val stacked = HostTensor.stack(List(row).asJava)
    assert(stacked.shape === Array[Long](1, 2))
    assert(stacked.values eq row.values)
  }

  test("large rows are stacked without a copy of their values") {
    val rows = Seq.tabulate(3)(i => floats(40_000)(Seq.tabulate(40_000)(_ + i * 0.5f): _*))
    val stacked = HostTensor.stack(rows.asJava)
    assert(stacked.shape === Array[Long](3, 40_000) && stacked.elementCount === 120_000)
    val parts = stacked.parts.asScala
    assert(parts.size === 3 && parts.zip(rows).forall { case (part, row) => part eq row.values })
    val all = rows.flatMap(_.values.asInstanceOf[Array[Float]])
    assert(stacked.values.asInstanceOf[Array[Float]].toSeq === all)
    assert(stacked.row(2).values === rows(2).values)
  }

  test("a stack is stacked once more") {
    val row = floats(40_000)(Seq.tabulate(40_000)(_.toFloat): _*)
    val pair = HostTensor.stack(List(row, row).asJava)
    val stacked = HostTensor.stack(List(pair, pair).asJava)
    assert(stacked.shape === Array[Long](2, 2, 40_000))
    assert(stacked.row(1).values === pair.values)
  }

  test("a row of a stack is what was stacked") {
    val rows = Seq(
      HostTensor.of(DT_STRING, Array(2L), Array("a".getBytes, "b".getBytes)),
      HostTensor.of(DT_STRING, Array(2L), Array("c".getBytes, "d".getBytes))
    )
    val stacked = HostTensor.stack(rows.asJava)
    rows.zipWithIndex.foreach { case (row, i) =>
      assert(stacked.row(i).shape === row.shape)
      assert(stacked.row(i).values === row.values)
    }
  }

  test("a row is a copy") {
    val batch = floats(2, 1)(1, 2)
    batch.row(0).values.asInstanceOf[Array[Float]](0) = 9
    assert(batch.values === Array(1f, 2f))
  }

  test("rows of different shapes or dtypes do not stack") {
    def refused(rows: HostTensor*) =
      intercept[IllegalArgumentException](HostTensor.stack(rows.asJava)).getMessage
    assert(
      refused(floats(2)(1, 2), floats(1, 2)(3, 4)) ===
        "rows of different shapes do not stack: DT_FLOAT[2] and DT_FLOAT[1, 2]"
    )
    val doubles = HostTensor.of(DT_DOUBLE, Array(1L), Array(1.0))
    assert(refused(floats(1)(1), doubles).endsWith("DT_FLOAT[1] and DT_DOUBLE[1]"))
  }

  test("values must fill the shape") {
    val message = intercept[IllegalArgumentException](floats(2, 2)(1, 2, 3)).getMessage
    assert(message === "3 values do not fill the shape [2, 2]")
  }

  test("the shape of a tensor cannot be changed from outside") {
    val shape = Array(1L)
    val tensor = HostTensor.of(shape, Array(1f))
    shape(0) = 5
    tensor.shape()(0) = 7
    assert(tensor.shape === Array(1L))
  }
}

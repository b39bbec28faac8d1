package layertap.input.value

import layertap.failure.BadRowException
import layertap.graph.TensorShape
import layertap.testing.Plans.shape
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import org.tensorflow.proto.DataType._
import scala.jdk.CollectionConverters._

class TensorConverterTest extends AnyFunSuite {
  private val anyShape = TensorShape.unknown

  private def list(values: Any*): java.util.List[Any] = values.asJava

  private def convert(wanted: TensorShape, value: Any, dtype: DataType = DT_FLOAT) = {
    val tensor = new TensorConverter(dtype, wanted).convert(value)
    (tensor.shape.toSeq, tensor.values.asInstanceOf[Array[_]].toSeq)
  }

  private def refused(wanted: TensorShape, value: Any, dtype: DataType = DT_FLOAT): String =
    intercept[BadRowException](new TensorConverter(dtype, wanted).convert(value)).getMessage

  test("a flat array fills a known shape in row-major order") {
    assert(
      convert(shape(2, 3), list(1, 2, 3, 4, 5, 6)) === (Seq(2, 3), Seq(1f, 2f, 3f, 4f, 5f, 6f))
    )
    assert(convert(shape(3), list(1, 2, 3)) === (Seq(3), Seq(1f, 2f, 3f)))
  }

  test("a nested array has a shape of its own") {
    val nested = list(list(1, 2, 3), list(4, 5, 6))
    assert(convert(shape(2, 3), nested) === (Seq(2, 3), Seq(1f, 2f, 3f, 4f, 5f, 6f)))
    assert(convert(shape(-1, 3), nested)._1 === Seq(2, 3))
    assert(convert(anyShape, nested)._1 === Seq(2, 3))
  }

  test("a number is a scalar, or one value of a shape that holds one") {
    assert(convert(shape(), 7) === (Seq(), Seq(7f)))
    assert(convert(shape(1), 7) === (Seq(1), Seq(7f)))
    assert(convert(shape(1, 1), 7) === (Seq(1, 1), Seq(7f)))
    assert(convert(shape(-1), 7) === (Seq(1), Seq(7f)))
    assert(convert(anyShape, 7) === (Seq(), Seq(7f)))
  }

  test("one open size follows from the length of a flat array") {
    assert(convert(shape(-1, 2), list(1, 2, 3, 4))._1 === Seq(2, 2))
    assert(convert(shape(3, -1), list(1, 2, 3, 4, 5, 6))._1 === Seq(3, 2))
    assert(convert(shape(-1), list()) === (Seq(0), Seq()))
    assert(refused(shape(-1, 2), list(1, 2, 3)) === "3 values do not fit (?, 2)")
  }

  test("a value of another shape does not fit") {
    assert(refused(shape(2, 2), list(1, 2, 3)) === "a value of shape (3) does not fit (2, 2)")
    assert(refused(shape(2), list(list(1, 2))) === "a value of shape (1, 2) does not fit (2)")
    assert(
      refused(shape(2, 3), list(list(1, 2), list(3, 4), list(5, 6)))
        .contains("(3, 2) does not fit (2, 3)")
    )
    assert(refused(shape(-1, -1), list(1, 2)) === "a value of shape (2) does not fit (?, ?)")
    assert(refused(shape(3), 7) === "a value of shape () does not fit (3)")
  }

  test("ragged arrays are refused") {
    assert(refused(anyShape, list(list(1, 2), list(3))) === "the arrays inside differ in length")
    assert(refused(anyShape, list(list(1), list(2, 3))) === "the arrays inside differ in length")
    assert(refused(anyShape, list(list(1), 2)) === "the arrays inside differ in depth")
    assert(refused(anyShape, list(1, list(2))) === "the arrays inside differ in depth")
  }

  test("ragged arrays take no memory for what they would be if all were as long as the first") {
    val first = new NumberList(new Array[Float](100000))
    val others = Seq.fill(50000)(list(1f))
    val message = "the arrays inside differ in length"
    assert(refused(shape(-1, -1), (first +: others).asJava) === message)
    assert(refused(anyShape, list((first +: others).asJava)) === message)
  }

  test("nulls are refused") {
    assert(refused(anyShape, null) === "the value is null")
    assert(refused(shape(2), list(1, null)) === "element 1 is null")
    assert(refused(shape(2), list(null, 1)) === "element 0 is null")
    assert(refused(shape(2, 1), list(list(1), null)) === "the arrays inside differ in depth")
  }

  test("values are cast as the model wants them, in the dtype in which they are fed") {
    def fed(dtype: DataType) = new TensorConverter(dtype, shape(1)).convert(list(3L)).dtype
    assert(fed(DT_HALF) === DT_FLOAT)
    assert(fed(DT_INT8) === DT_INT32)
    assert(fed(DT_UINT8) === DT_UINT8)
    assert(fed(DT_UINT32) === DT_INT64)
    assert(refused(shape(1), list(300), DT_UINT8) === "300 does not fit into uint8")
    assert(convert(shape(2), list("a", "b"), DT_STRING)._1 === Seq(2))
  }
}

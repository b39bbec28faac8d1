package layertap.input.value

import layertap.graph.TensorShape
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType.{DT_DOUBLE, DT_FLOAT}
import scala.jdk.CollectionConverters._

class NumberListTest extends AnyFunSuite {
  private val numbers = Array(1f, 2f, 3f, 4f, 5f)

  test("a part of an array is a list of its own") {
    val part = new NumberList(numbers, 1, 3)
    assert(part.asScala === Seq(2f, 3f, 4f))
    assert(part.array === Array(2f, 3f, 4f) && part.isOfFloats)
    val target = new Array[Float](4)
    part.copy(1, target, 2, 2)
    assert(target === Array(0f, 0f, 3f, 4f))
    Seq(-1, 3).foreach(i => intercept[IndexOutOfBoundsException](part.get(i)))
    intercept[IndexOutOfBoundsException](part.copy(2, target, 0, 2))
  }

  test("the array is not copied where it is the list") {
    assert(new NumberList(numbers).array eq numbers)
    assert(new NumberList(Array[Long](), 0, 0).asScala.isEmpty)
  }

  test("a part lies within its array") {
    intercept[IndexOutOfBoundsException](new NumberList(numbers, 3, 3))
    intercept[IndexOutOfBoundsException](new NumberList(numbers, -1, 2))
  }

  test("a part is a value as any other") {
    Seq(DT_FLOAT -> Seq(2f, 3f), DT_DOUBLE -> Seq(2.0, 3.0)).foreach { case (dtype, expected) =>
      val converter = new TensorConverter(dtype, TensorShape.of(List(Long.box(2)).asJava))
      val tensor = converter.convert(new NumberList(numbers, 1, 2))
      val found = tensor.values match {
        case floats: Array[Float]   => floats.toSeq
        case doubles: Array[Double] => doubles.toSeq
      }
      assert(found === expected)
    }
  }
}

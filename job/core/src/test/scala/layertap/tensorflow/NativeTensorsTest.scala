package layertap.tensorflow

import layertap.graph.Dtype
import layertap.tensor.HostTensor
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import org.tensorflow.proto.DataType._
import org.tensorflow.types.{TBfloat16, TFloat16}
import org.tensorflow.ndarray.Shape
import scala.jdk.CollectionConverters._
import scala.util.Using

class NativeTensorsTest extends AnyFunSuite {
  TensorFlowRuntime.start(1)

  private val values: Seq[(DataType, Array[_])] = Seq(
    DT_FLOAT -> Array(1.5f, -0f, Float.NaN, Float.PositiveInfinity, Float.MinPositiveValue, 0.1f),
    DT_DOUBLE -> Array(
      1.5,
      -0.0,
      Double.NaN,
      Double.NegativeInfinity,
      Double.MinPositiveValue,
      0.1
    ),
    DT_INT32 -> Array(0, 1, -1, Int.MaxValue, Int.MinValue, 7),
    DT_INT64 -> Array(0L, 1L, -1L, Long.MaxValue, Long.MinValue, 7L),
    DT_BOOL -> Array(true, false, true, true, false, false),
    DT_UINT8 -> Array[Byte](0, 1, -1, 127, -128, 7),
    DT_STRING -> Array("", "a", "é", "\u0000", "x" * 1000, "b").map(_.getBytes("UTF-8"))
  )

  private def roundTrip(tensor: HostTensor): HostTensor =
    Using.resource(NativeTensors.toNative(tensor))(NativeTensors.toHost)

  private def same(left: Any, right: Any): Boolean = (left, right) match {
    case (a: Array[Float], b: Array[Float])   => java.util.Arrays.equals(a, b)
    case (a: Array[Double], b: Array[Double]) => java.util.Arrays.equals(a, b)
    case (a: Array[_], b: Array[_])           => a.toSeq.map(plain) == b.toSeq.map(plain)
  }

  private def plain(value: Any): Any = value match {
    case bytes: Array[Byte] => bytes.toSeq
    case other              => other
  }

  values.foreach { case (dtype, array) =>
    test(s"$dtype goes to TensorFlow and back unchanged") {
      Seq(Array(6L), Array(2L, 3L), Array(3L, 1L, 2L)).foreach { shape =>
        val back = roundTrip(HostTensor.of(dtype, shape, array))
        assert(back.dtype === dtype && back.shape === shape)
        assert(same(back.values, array))
      }
    }

    test(s"$dtype: large rows, stacked without a copy, too") {
      val rows = Seq(0, 1, 2).map { first =>
        val row = Dtype.newArray(dtype, 20_000)
        (0 until 20_000).foreach { i =>
          java.lang.reflect.Array.set(row, i, array((first + i) % array.length))
        }
        HostTensor.of(dtype, Array(20_000L), row)
      }
      val back = roundTrip(HostTensor.stack(rows.asJava))
      assert(back.shape === Array[Long](3, 20_000))
      rows.zipWithIndex.foreach { case (row, i) => assert(same(back.row(i).values, row.values)) }
    }

    test(s"$dtype: a scalar and an empty tensor too") {
      val scalar = roundTrip(HostTensor.of(dtype, Array(), array.take(1)))
      assert(scalar.shape.isEmpty && same(scalar.values, array.take(1)))
      val empty = roundTrip(HostTensor.of(dtype, Array(0L, 3L), array.take(0)))
      assert(empty.shape === Array[Long](0, 3))
      assert(java.lang.reflect.Array.getLength(empty.values) === 0)
    }
  }

  test("float16 and bfloat16 come as their bits") {
    val half = Using.resource(TFloat16.scalarOf(1.5f))(NativeTensors.toHost)
    assert(half.dtype === DT_HALF && half.values === Array(0x3e00.toShort))
    val brain = Using.resource(
      TBfloat16.tensorOf(
        Shape.of(2),
        data => {
          data.setFloat(1.5f, 0)
          data.setFloat(-2f, 1)
          ()
        }
      )
    )(NativeTensors.toHost)
    assert(brain.dtype === DT_BFLOAT16)
    assert(brain.values === Array(0x3fc0.toShort, 0xc000.toShort))
  }

  test("a dtype that is never fed is refused") {
    val bits = HostTensor.of(DT_HALF, Array(1L), Array(0x3e00.toShort))
    val message = intercept[IllegalArgumentException](NativeTensors.toNative(bits)).getMessage
    assert(message === "cannot feed a tensor of DT_HALF")
  }
}

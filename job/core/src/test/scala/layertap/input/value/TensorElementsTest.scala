package layertap.input.value

import layertap.failure.BadRowException
import java.math.BigDecimal
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import org.tensorflow.proto.DataType._

class TensorElementsTest extends AnyFunSuite {

  private def cast(dtype: DataType, value: Any): Any = {
    val elements = new TensorElements(dtype, 1)
    elements.set(0, value)
    elements.array.asInstanceOf[Array[_]].head
  }

  private def refused(dtype: DataType, value: Any): String =
    intercept[BadRowException](cast(dtype, value)).getMessage

  test("numbers of any type become floats") {
    Seq[Any](3.toByte, 3.toShort, 3, 3L, 3f, 3.0, new BigDecimal("3.0")).foreach { value =>
      assert(cast(DT_FLOAT, value) === 3f)
      assert(cast(DT_HALF, value) === 3f)
      assert(cast(DT_DOUBLE, value) === 3.0)
    }
    assert(cast(DT_FLOAT, true) === 1f && cast(DT_DOUBLE, false) === 0.0)
  }

  test("a fraction is rounded to the precision of the model") {
    assert(cast(DT_FLOAT, 0.1) === 0.1f)
    assert(cast(DT_FLOAT, new BigDecimal("0.1")) === 0.1f)
    assert(cast(DT_BFLOAT16, 0.1) === 0.1f)
  }

  test("what is not finite stays so") {
    assert(cast(DT_FLOAT, Double.PositiveInfinity) === Float.PositiveInfinity)
    assert(cast(DT_HALF, Float.NegativeInfinity) === Float.NegativeInfinity)
    assert(cast(DT_FLOAT, Double.NaN).asInstanceOf[Float].isNaN)
  }

  test("a number that would become infinite does not fit") {
    assert(refused(DT_FLOAT, 1e39) === "1.0E39 does not fit into float32")
    assert(refused(DT_HALF, 65520f) === "65520.0 does not fit into float16")
    assert(cast(DT_HALF, -65519f) === -65519f)
    // Half a step beyond the largest bfloat16, 0x7f7f.
    val tie = java.lang.Float.intBitsToFloat(0x7f7f8000)
    assert(refused(DT_BFLOAT16, tie) === s"$tie does not fit into bfloat16")
    assert(cast(DT_BFLOAT16, Math.nextDown(tie)) === Math.nextDown(tie))
    assert(cast(DT_FLOAT, tie) === tie)
    val decimal = new BigDecimal("1e400")
    assert(refused(DT_FLOAT, decimal) === "1E+400 does not fit into float32")
    assert(refused(DT_DOUBLE, decimal) === "1E+400 does not fit into float64")
  }

  test("a whole number that a float cannot hold does not fit") {
    assert(cast(DT_FLOAT, 16777216L) === 16777216f)
    assert(refused(DT_FLOAT, 16777217L) === "16777217 does not fit into float32")
    assert(refused(DT_FLOAT, 16777217) === "16777217 does not fit into float32")
    assert(cast(DT_DOUBLE, 16777217L) === 16777217.0)
    assert(refused(DT_DOUBLE, Long.MaxValue) === s"${Long.MaxValue} does not fit into float64")
    assert(cast(DT_FLOAT, Long.MinValue) === Long.MinValue.toFloat)
  }

  test("so it is with decimals without fractions, and with floats of fewer digits") {
    Seq(
      (DT_FLOAT, 16777216L, "float32"),
      (DT_DOUBLE, 9007199254740992L, "float64"),
      (DT_HALF, 2048L, "float16"),
      (DT_BFLOAT16, 256L, "bfloat16")
    ).foreach { case (dtype, last, name) =>
      Seq(1L, 3L, -1L).foreach { sign =>
        val number = sign * last
        val held = if (dtype == DT_DOUBLE) number.toDouble else number.toFloat
        assert(cast(dtype, number) === held)
        assert(cast(dtype, BigDecimal.valueOf(number)) === held)
        val next = number + sign
        assert(refused(dtype, next) === s"$next does not fit into $name")
        assert(refused(dtype, BigDecimal.valueOf(next)) === s"$next does not fit into $name")
      }
    }
    assert(refused(DT_HALF, 2049.toShort) === "2049 does not fit into float16")
    assert(refused(DT_BFLOAT16, 257) === "257 does not fit into bfloat16")
    val large = BigDecimal.TEN.pow(30)
    assert(refused(DT_FLOAT, large) === s"$large does not fit into float32")
    assert(cast(DT_FLOAT, new BigDecimal(2).pow(100)) === math.pow(2, 100).toFloat)
    // A decimal of a type that has fractions is rounded, as a double is.
    assert(cast(DT_FLOAT, new BigDecimal("16777217.0")) === 16777216f)
    assert(cast(DT_FLOAT, 16777217.0) === 16777216f)
  }

  private val ranges = Map(
    DT_INT8 -> (-128L, 127L),
    DT_UINT8 -> (0L, 255L),
    DT_INT16 -> (-32768L, 32767L),
    DT_UINT16 -> (0L, 65535L),
    DT_INT32 -> (Int.MinValue.toLong, Int.MaxValue.toLong),
    DT_UINT32 -> (0L, 4294967295L)
  )

  ranges.foreach { case (dtype, (smallest, largest)) =>
    test(s"$dtype takes what is in its range and nothing else") {
      val name = dtype.name.stripPrefix("DT_").toLowerCase
      Seq(smallest, largest).foreach { value =>
        val bits = if (dtype == DT_UINT8) value.toByte else value
        assert(cast(dtype, value) == bits)
        assert(cast(dtype, value.toDouble) == bits)
        assert(cast(dtype, BigDecimal.valueOf(value)) == bits)
      }
      Seq(smallest - 1, largest + 1).foreach { value =>
        assert(refused(dtype, value) === s"$value does not fit into $name")
        assert(refused(dtype, value.toDouble) === s"${value.toDouble} does not fit into $name")
      }
    }
  }

  test("int64 takes all longs, and of wider types what fits") {
    assert(cast(DT_INT64, Long.MinValue) === Long.MinValue)
    assert(cast(DT_INT64, -math.pow(2, 62)) === -(1L << 62))
    assert(refused(DT_INT64, math.pow(2, 63)) === s"${math.pow(2, 63)} does not fit into int64")
    assert(
      refused(
        DT_INT64,
        new BigDecimal("18446744073709551617")
      ) === "18446744073709551617 does not fit into int64"
    )
  }

  test("a fraction is no whole number") {
    assert(refused(DT_INT32, 1.5) === "1.5 is no whole number, as int32 wants")
    assert(refused(DT_INT32, new BigDecimal("1.5")) === "1.5 is no whole number, as int32 wants")
    assert(refused(DT_INT64, Float.NaN) === "NaN is no whole number, as int64 wants")
    assert(refused(DT_INT32, Double.PositiveInfinity) === "Infinity does not fit into int32")
    assert(cast(DT_INT32, new BigDecimal("2.00")) === 2)
  }

  test("truth is true, false, 1 or 0") {
    assert(
      cast(DT_BOOL, true) === true && cast(DT_BOOL, 0) === false && cast(DT_BOOL, 1.0) === true
    )
    assert(refused(DT_BOOL, 2) === "2 is neither true nor false")
    assert(refused(DT_BOOL, "true") === "'true' is no number")
  }

  test("strings are bytes of UTF-8") {
    assert(cast(DT_STRING, "é") === Array[Byte](0xc3.toByte, 0xa9.toByte))
    assert(cast(DT_STRING, Array[Byte](1, 2)) === Array[Byte](1, 2))
    assert(cast(DT_STRING, 7L) === Array('7'.toByte))
  }

  test("null and text are no numbers") {
    assert(refused(DT_FLOAT, null) === "element 0 is null")
    assert(refused(DT_STRING, null) === "element 0 is null")
    assert(refused(DT_FLOAT, "3") === "'3' is no number")
    assert(refused(DT_INT32, java.util.List.of(1)) === "'[1]' is no number")
  }

  test("a dtype that nothing can be fed to is refused") {
    val message =
      intercept[IllegalArgumentException](new TensorElements(DT_COMPLEX64, 1)).getMessage
    assert(message === "cannot feed values of DT_COMPLEX64")
  }
}

package layertap.tensor

import java.lang.Float.{floatToRawIntBits, intBitsToFloat}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType

class HalfFloatsTest extends AnyFunSuite {
  private val all = (0 to 0xffff).map(_.toShort)

  /** By the definition of IEEE 754 binary16. */
  private def half(bits: Int): Double = {
    val sign = if ((bits & 0x8000) == 0) 1.0 else -1.0
    val exponent = bits >> 10 & 0x1f
    val fraction = bits & 0x3ff
    (exponent, fraction) match {
      case (0x1f, 0) => sign * Double.PositiveInfinity
      case (0x1f, _) => Double.NaN
      case (0, _)    => sign * fraction * math.pow(2, -24)
      case _         => sign * (1024 + fraction) * math.pow(2, exponent - 25)
    }
  }

  test("each of the 65,536 halves has the value that IEEE 754 gives it") {
    all.foreach { bits =>
      val value = HalfFloats.halfToFloat(bits)
      val expected = half(bits & 0xffff).toFloat
      val isSame = value.isNaN && expected.isNaN ||
        floatToRawIntBits(value) == floatToRawIntBits(expected)
      assert(isSame, f"0x${bits & 0xffff}%04x is $value, not $expected")
    }
  }

  test("each of the 65,536 bfloat16 is the upper half of a float") {
    all.foreach { bits =>
      val value = HalfFloats.bfloat16ToFloat(bits)
      assert(floatToRawIntBits(value) >>> 16 == (bits & 0xffff), f"0x${bits & 0xffff}%04x")
      assert((floatToRawIntBits(value) & 0xffff) == 0)
    }
    assert(HalfFloats.bfloat16ToFloat(0x3fc0) === 1.5f)
    assert(HalfFloats.bfloat16ToFloat(0x8000.toShort).equals(-0f))
    assert(HalfFloats.bfloat16ToFloat(0xff80.toShort) === intBitsToFloat(0xff800000))
  }

  test("the dtype says which of the two bits are") {
    val bits = Array[Short](0x3c00, 0x3f80)
    assert(HalfFloats.toFloats(DataType.DT_HALF, bits) === Array(1f, 1.875f))
    assert(HalfFloats.toFloats(DataType.DT_BFLOAT16, bits) === Array(0.0078125f, 1f))
    val failure =
      intercept[IllegalArgumentException](HalfFloats.toFloat(DataType.DT_UINT16, bits(0)))
    assert(failure.getMessage === "DT_UINT16 has no floats of 16 bits")
  }
}

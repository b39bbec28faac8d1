package layertap.graph

import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import org.tensorflow.proto.DataType._
import scala.jdk.OptionConverters._

class DtypeTest extends AnyFunSuite {
  private val none: Class[_] = null

  /** Name, bytes, Java array of, fed as, stored as, is a float, is an integer, is unsigned. */
  private type Row = (String, Int, Class[_], String, String, Boolean, Boolean, Boolean)

  private val rows = Seq[(DataType, Row)](
    DT_BOOL -> ("bool", 1, classOf[Boolean], "bool", "bool", false, false, false),
    DT_STRING -> ("string", 0, classOf[Array[Byte]], "string", "string", false, false, false),
    DT_FLOAT -> ("float32", 4, classOf[Float], "float32", "float32", true, false, false),
    DT_DOUBLE -> ("float64", 8, classOf[Double], "float64", "float64", true, false, false),
    DT_HALF -> ("float16", 2, classOf[Short], "float32", "float32", true, false, false),
    DT_BFLOAT16 -> ("bfloat16", 2, classOf[Short], "float32", "float32", true, false, false),
    DT_INT32 -> ("int32", 4, classOf[Int], "int32", "int32", false, true, false),
    DT_INT64 -> ("int64", 8, classOf[Long], "int64", "int64", false, true, false),
    DT_UINT8 -> ("uint8", 1, classOf[Byte], "uint8", "int32", false, true, true),
    DT_INT8 -> ("int8", 1, none, "int32", "int32", false, true, false),
    DT_INT16 -> ("int16", 2, none, "int32", "int32", false, true, false),
    DT_UINT16 -> ("uint16", 2, none, "int32", "int32", false, true, true),
    DT_UINT32 -> ("uint32", 4, none, "int64", "int64", false, true, true),
    DT_UINT64 -> ("uint64", 8, none, "", "", false, true, true),
    DT_COMPLEX64 -> ("complex64", 8, none, "", "", false, false, false),
    DT_COMPLEX128 -> ("complex128", 16, none, "", "", false, false, false),
    DT_QINT8 -> ("qint8", 1, none, "", "", false, false, false),
    DT_QUINT8 -> ("quint8", 1, none, "", "", false, false, false),
    DT_QINT16 -> ("qint16", 2, none, "", "", false, false, false),
    DT_QUINT16 -> ("quint16", 2, none, "", "", false, false, false),
    DT_QINT32 -> ("qint32", 4, none, "", "", false, false, false),
    DT_FLOAT8_E5M2 -> ("float8_e5m2", 1, none, "", "", false, false, false),
    DT_FLOAT8_E4M3FN -> ("float8_e4m3fn", 1, none, "", "", false, false, false),
    DT_RESOURCE -> ("resource", 0, none, "", "", false, false, false),
    DT_VARIANT -> ("variant", 0, none, "", "", false, false, false)
  )

  rows.foreach { case (dtype, expected) =>
    test(s"the row of $dtype") {
      val row = Dtype.find(dtype).get
      def name(other: java.util.Optional[Dtype]) = other.toScala.fold("")(_.pythonName)
      assert(row.`type` === dtype)
      val found: Row =
        (
          row.pythonName,
          row.bytes,
          row.element,
          name(row.fedAs),
          name(row.storedAs),
          row.isFloat,
          row.isInteger,
          row.isUnsigned
        )
      assert(found === expected)
      assert(Dtype.nameOf(dtype) === expected._1)
      assert(Dtype.bytesOf(dtype) === expected._2)
      assert(Dtype.isFloat(dtype) === expected._6)
      assert(Dtype.isShortFloat(dtype) === Set(DataType.DT_HALF, DataType.DT_BFLOAT16)(dtype))
    }
  }

  test("each row is looked at") {
    assert(rows.map(_._1).toSet === Dtype.values.map(_.`type`).toSet)
  }

  test("a dtype without a row has its own name, no bytes, and is no float") {
    Seq(DT_FLOAT_REF -> "float_ref", DT_INVALID -> "invalid", DT_INT4 -> "int4").foreach {
      case (dtype, name) =>
        assert(Dtype.find(dtype).isEmpty)
        assert(Dtype.nameOf(dtype) === name)
        assert(Dtype.bytesOf(dtype) === 0)
        assert(!Dtype.isFloat(dtype))
    }
  }

  test("the bounds of what is fed as integers") {
    Seq(
      Dtype.INT8 -> (-128L, 127L),
      Dtype.UINT8 -> (0L, 255L),
      Dtype.INT16 -> (-32768L, 32767L),
      Dtype.UINT16 -> (0L, 65535L),
      Dtype.INT32 -> (Int.MinValue.toLong, Int.MaxValue.toLong),
      Dtype.UINT32 -> (0L, 4294967295L),
      Dtype.INT64 -> (Long.MinValue, Long.MaxValue)
    ).foreach { case (dtype, bounds) =>
      assert((dtype.smallest, dtype.largest) === bounds, dtype)
    }
    Seq(Dtype.FLOAT32, Dtype.UINT64, Dtype.BOOL).foreach { dtype =>
      val refused = intercept[IllegalStateException](dtype.largest)
      assert(refused.getMessage === s"no whole numbers are fed as ${dtype.pythonName}")
    }
  }

  test("an array for values; none for a dtype that Java does not hold") {
    assert(Dtype.newArray(DT_FLOAT, 2).asInstanceOf[Array[Float]] === Array(0f, 0f))
    assert(Dtype.newArray(DT_HALF, 1).asInstanceOf[Array[Short]] === Array(0.toShort))
    assert(Dtype.newArray(DT_STRING, 1).asInstanceOf[Array[Array[Byte]]] === Array(null))
    Seq[DataType](DT_INT8, DT_RESOURCE, DT_FLOAT_REF).foreach { dtype =>
      val refused = intercept[IllegalArgumentException](Dtype.newArray(dtype, 1))
      assert(refused.getMessage === s"dtype $dtype has no form in Java")
    }
  }
}

package layertap.graph

import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType._

class DtypeNamesTest extends AnyFunSuite {
  Seq(
    DT_FLOAT -> "float32",
    DT_DOUBLE -> "float64",
    DT_HALF -> "float16",
    DT_BFLOAT16 -> "bfloat16",
    DT_INT8 -> "int8",
    DT_UINT16 -> "uint16",
    DT_INT64 -> "int64",
    DT_BOOL -> "bool",
    DT_STRING -> "string",
    DT_RESOURCE -> "resource"
  ).foreach { case (dtype, name) =>
    test(s"$dtype is $name") {
      assert(DtypeNames.of(dtype) === name)
    }
  }
}

package layertap.spark.schema

import java.time.{Instant, LocalDate, LocalDateTime, ZoneId}
import java.util.List
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema
import org.apache.spark.sql.types._
import org.scalatest.funsuite.AnyFunSuite

class RowNameTest extends AnyFunSuite {
  private def instant(local: String): Instant =
    LocalDateTime.parse(local).atZone(ZoneId.systemDefault).toInstant

  test("days and instants are named as Spark shows them, also those of long ago") {
    val schema = new StructType().add("day", DateType).add("time", TimestampType)
    Seq("0001-01-01", "1582-10-05", "2026-11-29").foreach { day =>
      val row =
        new GenericRowWithSchema(Array(LocalDate.parse(day), instant(s"${day}T01:02:03")), schema)
      assert(RowName.of(row, List.of(0, 1)) === s"day=$day, time=${day}T01:02:03")
    }
  }

  test("bytes, arrays and maps are counted") {
    val schema = new StructType()
      .add("bytes", BinaryType)
      .add("steps", new ArrayType(IntegerType, true))
      .add("tags", new MapType(StringType, BinaryType, true))
    val values = Array[Any](Array[Byte](1, 2), Seq(1, 2, 3), Map("k" -> Array[Byte](1)))
    val row = new GenericRowWithSchema(values, schema)
    val name = "bytes=(2 bytes), steps=(3 values), tags=(1 entries)"
    assert(RowName.of(row, List.of(0, 1, 2)) === name)
  }
}

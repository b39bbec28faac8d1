package layertap.spark.schema

import org.apache.spark.sql.types.{DataType, DataTypes}
import org.scalatest.funsuite.AnyFunSuite

class NestedTypeTest extends AnyFunSuite {
  private def of(ddl: String) = NestedType.of(DataType.fromDDL(ddl))

  test("a type that is no array is its own element") {
    assert(of("float") === new NestedType(DataTypes.FloatType, 0))
  }

  test("arrays are counted down to what is none") {
    assert(of("array<array<bigint>>") === new NestedType(DataTypes.LongType, 2))
    val map = DataType.fromDDL("map<string, array<int>>")
    assert(of("array<map<string, array<int>>>") === new NestedType(map, 1))
  }
}

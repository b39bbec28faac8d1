package layertap.spark.schema

import org.scalatest.funsuite.AnyFunSuite

class SqlNamesTest extends AnyFunSuite {
  test("a name is quoted whatever its characters") {
    assert(SqlNames.quoted("a.b c") === "`a.b c`")
    assert(SqlNames.quoted("a`b%s") === "`a``b%s`")
  }
}

package layertap.spark.run

import org.scalatest.funsuite.AnyFunSuite

class RowLimitTest extends AnyFunSuite {
  test("without a limit all rows are read") {
    assert(RowLimit.NONE.isNone)
    assert(RowLimit.NONE.countOf(Long.MaxValue) === Long.MaxValue)
  }

  test("with a limit no more rows are read than it says, nor than there are") {
    assert(!RowLimit.of(3).isNone)
    assert(RowLimit.of(3).countOf(5) === 3)
    assert(RowLimit.of(3).countOf(2) === 2)
    assert(RowLimit.of(0).countOf(2) === 0)
  }

  test("a limit is not negative") {
    val failure = intercept[IllegalArgumentException](RowLimit.of(-1))
    assert(failure.getMessage === "a limit of -1 rows")
  }
}

package layertap.report

import org.scalatest.funsuite.AnyFunSuite

class RowCountsTest extends AnyFunSuite {

  test("counts are added one by one") {
    val sum = new RowCounts(1, 2, 3, 4).plus(new RowCounts(10, 20, 30, 40))
    assert(sum === new RowCounts(11, 22, 33, 44))
    assert(RowCounts.NONE.plus(sum) === sum)
  }

  test("counts add up if every row that was read was written or skipped") {
    assert(new RowCounts(5, 3, 2, 2).addsUp)
    assert(new RowCounts(5, 5, 0, 2).addsUp)
    assert(!new RowCounts(5, 4, 0, 1).addsUp)
    assert(!new RowCounts(5, 5, 1, 1).addsUp)
    assert(RowCounts.NONE.addsUp)
  }
}

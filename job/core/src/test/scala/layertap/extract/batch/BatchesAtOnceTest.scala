package layertap.extract.batch

import org.scalatest.funsuite.AnyFunSuite

/** How many rows are handed over together. */
class BatchesAtOnceTest extends AnyFunSuite {
  private val quick = 1000L * 1000
  private val slow = 1000L * quick
  private val megabyte = 1L << 20

  /** Of rows of so many bytes in batches of four. */
  private def rows(
      batches: BatchesAtOnce,
      bytes: Long,
      sought: Int = 4,
      isOneAlone: Boolean = false,
      ofAnySize: Long = 0
  ): Int =
    Iterator
      .from(0)
      .find(count =>
        !batches.isRoom(count, count * bytes, count * ofAnySize, 4, sought, isOneAlone)
      )
      .get

  private def after(nanos: Long, bytes: Long, times: Int): BatchesAtOnce = {
    val batches = new BatchesAtOnce
    (1 to times).foreach(_ => batches.took(nanos, bytes))
    batches
  }

  test("a batch at first, twice as many where they take little time and memory, up to a number") {
    assert((0 to 4).map(times => rows(after(quick, 1, times), 1)) === Seq(4, 8, 16, 32, 64))
    assert(rows(after(quick, 1, 20), 1) === 4 * 64)
    assert(rows(after(slow, 1, 20), 1) === 4)
    assert(rows(after(quick, 6 * megabyte, 20), 1) === 4)
    assert(rows(after(quick, 1, 20), 1, isOneAlone = true) === 4)
  }

  test("fewer again where they take longer, or more memory") {
    val batches = after(quick, 1, 3)
    batches.took(20 * quick, 1)
    assert(rows(batches, 1) === 32)
    batches.took(slow, 1)
    assert(rows(batches, 1) === 16)
    batches.took(quick, 20 * megabyte)
    assert(rows(batches, 1) === 8)
  }

  test("whole batches, however much memory they take, up to what no batch may") {
    assert(rows(after(quick, 1, 3), megabyte) === 8)
    assert(rows(after(quick, 1, 3), 3 * megabyte) === 4)
    assert(rows(after(quick, 1, 3), 200 * megabyte) === 3)
    assert(rows(after(quick, 1, 3), 1000 * megabyte) === 1)
  }

  test("of values of any size a batch takes no more than the memory of tasks is planned for") {
    Seq(1 -> 4, 16 -> 4, 22 -> 3, 32 -> 2, 64 -> 1, 1000 -> 1).foreach { case (size, expected) =>
      val bytes = size * megabyte
      assert(rows(new BatchesAtOnce, bytes, ofAnySize = bytes) === expected)
    }
  }

  test("more where rows of one shape are sought") {
    assert(rows(new BatchesAtOnce, 1, sought = 64) === 64)
    assert(rows(after(quick, 1, 2), 1, sought = 64) === 256)
    assert(rows(new BatchesAtOnce, megabyte, sought = 64) === 8)
  }
}

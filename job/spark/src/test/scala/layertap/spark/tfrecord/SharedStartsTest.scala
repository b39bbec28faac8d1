package layertap.spark.tfrecord

import org.scalatest.funsuite.AnyFunSuite

/** Of each file of a scan there is one object, as long as it is not among the oldest ones. */
class SharedStartsTest extends AnyFunSuite {
  test("tasks of a scan share what they find out about a file; another scan begins anew") {
    val shared = new SharedStarts
    val starts = shared.of("scan", "file:/a")
    assert(shared.of("scan", "file:/a") eq starts)
    assert(shared.of("scan", "file:/b") ne starts)
    assert(shared.of("other", "file:/a") ne starts)
  }

  test("those asked for last are remembered") {
    val shared = new SharedStarts
    val (first, second) = (shared.of("scan", "1"), shared.of("scan", "2"))
    (3 to SharedStarts.MOST_FILES).foreach(i => shared.of("scan", i.toString))
    assert(shared.of("scan", "1") eq first)
    shared.of("scan", "one more")
    assert(shared.of("scan", "1") eq first)
    assert(shared.of("scan", "2") ne second)
  }
}

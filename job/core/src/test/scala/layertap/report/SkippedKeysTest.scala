package layertap.report

import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class SkippedKeysTest extends AnyFunSuite {
  private val key = List("id").asJava

  private def hashes(values: Long*): java.util.Set[java.lang.Long] =
    values.map(Long.box).toSet.asJava

  private val none = SkippedKeys.none(key)
  private val some = none.after("a", hashes(), hashes(1, -2)).after("b", hashes(), hashes(3))

  test("the text of the file is read again; other columns' and damaged texts say nothing") {
    assert(some.toJson === """{"format":1,"key":["id"],"skipped":{"a":[-2,1],"b":[3]}}""" + "\n")
    assert(SkippedKeys.parse(some.toJson, key) === some)
    assert(SkippedKeys.parse(some.toJson, List("id", "day").asJava).isEmpty)
    Seq("", "{", "null", "[]", "{}", """{"format":2,"key":["id"],"skipped":{"a":[1]}}""").foreach {
      text =>
        assert(SkippedKeys.parse(text, key) === none, text)
    }
  }

  test("a key that is tried again belongs to the input that was read last, or is skipped no more") {
    val tried = some.after("b", hashes(1, 3, 9), hashes(1, 9))
    assert(tried.hashes === hashes(-2, 1, 9))
    assert(tried.ofInput("a", hashes()).hashes === hashes(1, 9))
    assert(tried.ofInput("b", hashes(9)).hashes === hashes(-2, 9))
    assert(tried.count === 3)
  }

  test("keys that are in the output leave, whatever the input") {
    assert(some.without(hashes(1, 3)) === none.after("a", hashes(), hashes(-2)))
    assert(some.without(hashes(1, -2, 3)).isEmpty)
    assert(some.without(hashes(1, -2, 3)) === none)
  }
}

package layertap.spark.feed

import java.util.{AbstractList, List => JavaList}
import layertap.input.image.RawImage
import layertap.input.value.NumberList
import org.apache.spark.ml.linalg.Vectors
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite

/** What values take is told within a factor of two or so, however deep long texts lie. */
class RowMemoryTest extends AnyFunSuite {
  private val long = 100000
  private val text = "x" * long

  private def kept(value: Any): Long = {
    val memory = new RowMemory
    memory.addKept(Row(text, value), JavaList.of(1))
    assert(memory.bytesOfAnySize === memory.bytes)
    memory.bytes
  }

  private def fed(values: AnyRef*): (Long, Long) = {
    val memory = new RowMemory
    memory.addFed(values.toArray)
    (memory.bytes, memory.bytesOfAnySize)
  }

  test("a column's texts, bytes and numbers count, wherever they are in arrays, structs and maps") {
    assert(kept(7L) < 100)
    assert(kept(null) < 100)
    assert(kept(Vectors.sparse(262144, Array(7), Array(1.0))) < 100)
    val values = Seq(
      text,
      new Array[Byte](long * 2),
      Seq("", text),
      Seq(null, null, Row(1, text)),
      Row(1, "", Seq(Row(2L, Seq(text)))),
      Map("a" -> 1, "b" -> text),
      Map(text -> null),
      Seq.fill(long / 10)(1.0),
      Seq(Seq.fill(long / 20)(1), Seq.fill(long / 20)(2)),
      Seq.fill(long / 10)(true),
      Seq(Seq(1), Seq.fill(long / 10)(2)),
      Vectors.dense(new Array[Double](long / 4)),
      Vectors.sparse(long * 10, Array.range(0, long / 6 + 1), Array.fill(long / 6 + 1)(1.0))
    )
    values.foreach { value =>
      val bytes = kept(value)
      assert(bytes >= 2 * long && bytes < 2 * long + 1000, value.getClass)
    }
  }

  test("of what is fed, numbers are not of any size") {
    val numbers = JavaList.of(1.0, 2.0, 3.0)
    val image = new RawImage(10, 10, 3, new Array[Byte](300))
    assert(fed(numbers) === ((60, 0)))
    assert(fed(new Array[Byte](50), image) === ((350, 350)))
    assert(fed(numbers, new Array[Byte](50)) === ((110, 50)))
    assert(fed(text)._2 >= 2 * long)
    assert(fed(Int.box(7), Boolean.box(true), null)._2 === 0)
  }

  test("texts that are fed are of any size in arrays, too") {
    val (bytes, ofAnySize) = fed(JavaList.of(JavaList.of(), JavaList.of("", text)))
    assert(ofAnySize >= 2 * long && ofAnySize <= bytes && bytes < 2 * long + 100)
  }

  test("a row of many short arrays of numbers is not walked whole") {
    val pixels = new AbstractList[AnyRef] {
      def size: Int = 1000
      def get(index: Int): AnyRef =
        if (index == 0) new NumberList(Array(1f, 2f, 3f)) else fail(s"array $index was asked for")
    }
    assert(fed(pixels) === ((1000 * (4 + 3 * 8), 0)))
    assert(fed(JavaList.of(pixels, pixels)) === ((2 * (4 + 1000 * (4 + 3 * 8)), 0)))
  }
}

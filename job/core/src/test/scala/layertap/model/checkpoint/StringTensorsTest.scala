package layertap.model.checkpoint

import java.io.IOException
import java.util.HexFormat
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import scala.jdk.CollectionConverters._
import scala.util.{Failure, Success, Try}

/** Bytes and checksums are those that TensorFlow's `SaveV2` wrote for these strings. */
class StringTensorsTest extends AnyFunSuite {
  private val words = "010007c801" + "a675df70" + "61" + "6772c3b6c39f65" + "78" * 200
  private val square = "01010101" + "c115f9cb" + "70717273"

  private def entry(length: Int, checksum: Int, sizes: Seq[Long]): BundleEntry =
    new BundleEntry(
      "s",
      DataType.DT_STRING,
      sizes.map(Long.box).asJava,
      "shard",
      0,
      length,
      checksum
    )

  private def decode(bytes: Array[Byte], checksum: Int, sizes: Long*): Seq[String] =
    StringTensors
      .decode(entry(bytes.length, checksum, sizes), bytes, 0)
      .asScala
      .toSeq
      .map(_.toStringUtf8)

  private def bytes(hex: String): Array[Byte] = HexFormat.of.parseHex(hex)

  private def refused(body: => Any): String = intercept[IOException](body).getMessage

  test("strings of no, few and many bytes") {
    assert(decode(bytes(words), 0x3e812378, 4) === Seq("a", "", "größe", "x" * 200))
  }

  test("a matrix, row by row") {
    assert(decode(bytes(square), 0xe8f7c40f, 2, 2) === Seq("p", "q", "r", "s"))
  }

  test("a scalar") {
    assert(decode(bytes("03" + "633f7f28" + "6f6e65"), 0x102eca2c) === Seq("one"))
  }

  test("no strings") {
    assert(decode(bytes("d8ea82a2"), 0x640cc1f6, 0) === Seq())
  }

  test("strings that stand inside other bytes") {
    val around = bytes("ffff" + square + "ffff")
    val decoded = StringTensors.decode(entry(12, 0xe8f7c40f, Seq(4)), around, 2)
    assert(decoded.asScala.map(_.toStringUtf8) === Seq("p", "q", "r", "s"))
  }

  test("no flipped bit gives other strings") {
    val original = bytes(words)
    for (bit <- 0 until original.length * 8) {
      val flipped = original.updated(bit / 8, (original(bit / 8) ^ 1 << bit % 8).toByte)
      Try(decode(flipped, 0x3e812378, 4)) match {
        case Success(read)           => fail(s"bit $bit gives $read")
        case Failure(_: IOException) =>
        case Failure(e)              => fail(s"bit $bit", e)
      }
    }
  }

  test("bytes that end too early") {
    val original = bytes(words)
    (0 until original.length).foreach(n => refused(decode(original.take(n), 0x3e812378, 4)))
  }

  test("lengths that are not those that were written") {
    val longer = bytes("01010102" + square.drop(8))
    assert(refused(decode(longer, 0xe8f7c40f, 4)) === "the lengths of its strings are damaged")
  }

  test("more bytes than the strings have") {
    val more = bytes(square + "00")
    assert(refused(decode(more, 0xe8f7c40f, 4)) === "the lengths of its strings are damaged")
  }

  test("a string that is not that which was written") {
    val other = bytes(square.replace("73", "74"))
    assert(refused(decode(other, 0xe8f7c40f, 4)) === "the checksum of its strings is wrong")
  }
}

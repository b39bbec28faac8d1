package layertap.model.checkpoint

import java.nio.ByteBuffer
import java.nio.file.Files
import layertap.failure.UserException
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.{Failure, Success, Try}

class SortedTableTest extends AnyFunSuite {
  private def index(model: String): Array[Byte] =
    Files.readAllBytes(TestData.model(model).resolve("variables/variables.index"))

  private def read(bytes: Array[Byte]): Seq[(String, Seq[Byte])] =
    SortedTable.read(bytes, "t").asScala.toSeq.map { case (key, value) => key -> toSeq(value) }

  private def toSeq(buffer: ByteBuffer): Seq[Byte] = {
    val bytes = new Array[Byte](buffer.remaining)
    buffer.duplicate.get(bytes)
    bytes.toSeq
  }

  private def refused(bytes: Array[Byte]): String =
    intercept[UserException](read(bytes)).getMessage

  private def damaged(fact: String) = s"cannot read the checkpoint index t: $fact; the file is " +
    "damaged or was not copied whole, export or copy the model again"

  /** Whether all damaged copies are either refused as models are or read the same. */
  private def assertNoOtherEntries(original: Array[Byte], copies: Iterator[Array[Byte]]): Unit = {
    val entries = read(original)
    copies.zipWithIndex.foreach { case (copy, i) =>
      Try(read(copy)) match {
        case Success(read)             => assert(read === entries, s"copy $i")
        case Failure(e: UserException) => assert(e.getMessage.startsWith("cannot read"), e)
        case Failure(e)                => fail(s"copy $i", e)
      }
    }
  }

  test("the keys of a stored checkpoint, sorted") {
    val keys = read(index("tf1_conv")).map(_._1)
    assert(keys === Seq("", "conv1/bias", "conv1/kernel", "logits/weights"))
  }

  test("keys that share beginnings, over several blocks") {
    def row(key: String) = key -> key.getBytes
    val blocks = Seq(Seq("", "cnn/conv1/bias", "cnn/conv1/kernel"), Seq("cnn/conv2/bias"), Seq())
    val entries = read(Indexes.table(blocks.map(_.map(row)): _*))
    assert(entries === blocks.flatten.map(key => key -> key.getBytes.toSeq))
  }

  Seq("tf1_conv", "lstm_keras2").foreach { model =>
    test(s"$model: no flipped bit gives other entries") {
      val bytes = index(model)
      val flipped = Iterator.range(0, bytes.length * 8).map { bit =>
        bytes.updated(bit / 8, (bytes(bit / 8) ^ 1 << bit % 8).toByte)
      }
      assertNoOtherEntries(bytes, flipped)
    }

    test(s"$model: no file that ends too early is read") {
      val bytes = index(model)
      (0 until bytes.length).foreach(length => refused(bytes.take(length)))
    }
  }

  test("a block of any content under a right checksum gives entries or is refused") {
    val content = Array.tabulate[Byte](40)(i => (i % 7).toByte)
    for {
      position <- content.indices
      value <- Seq(0, 1, 0x7f, 0x80, 0xff)
    } {
      val block = Indexes.block(content.updated(position, value.toByte))
      Try(read(Indexes.tableAround(block))).failed.foreach { e =>
        assert(e.isInstanceOf[UserException], s"$value at $position: $e")
      }
    }
  }

  test("a file that is no table") {
    assert(refused(Array()) === damaged("it does not end as an SSTable does"))
    assert(refused(new Array(48)) === damaged("it does not end as an SSTable does"))
  }

  test("a block whose bytes are not those that were written") {
    val bytes = index("tf1_conv")
    assert(
      refused(bytes.updated(3, (bytes(3) + 1).toByte)) ===
        damaged("the checksum of a block is wrong")
    )
  }

  test("a block that says it is compressed") {
    val content = new Array[Byte](8)
    val snappy = Indexes.block(content).updated(content.length, 1.toByte)
    assert(
      refused(Indexes.tableAround(snappy)) ===
        damaged("a block is compressed, which TensorFlow does not do")
    )
  }

  test("an index that points outside the file") {
    assert(
      refused(Indexes.tableAround(Indexes.block(new Array(8)), length = 1000000)) ===
        damaged("a block lies outside the file")
    )
  }
}

package layertap.input.record

import java.io.{ByteArrayInputStream, IOException, InputStream}
import java.nio.{ByteBuffer, ByteOrder}
import java.nio.file.Files
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Reads files that TensorFlow wrote, whole and with each of their parts damaged. */
class TfRecordReaderTest extends AnyFunSuite {
  private val file = Files.readAllBytes(TestData.root.resolve("tfrecord/rows/rows.tfrecord"))

  private def read(stream: InputStream): Seq[TfRecord] = {
    val reader = new TfRecordReader(stream)
    try reader.asScala.toSeq
    finally reader.close()
  }

  private def read(bytes: Array[Byte]): Seq[TfRecord] = read(new ByteArrayInputStream(bytes))

  private lazy val whole = read(file)

  /** The file with one byte changed. */
  private def flipped(position: Long): Array[Byte] = {
    val bytes = file.clone
    bytes(position.toInt) = (bytes(position.toInt) ^ 1).toByte
    bytes
  }

  private def complaints(records: Seq[TfRecord]): Seq[String] =
    records.filter(_.damage != null).map(record => record.complaint(record.damage))

  private def assertSame(found: Seq[TfRecord], expected: Seq[TfRecord]): Unit = {
    assert(found.size === expected.size)
    found.zip(expected).foreach { case (one, other) =>
      assert(one.number === other.number)
      assert(one.data.sameElements(other.data))
    }
  }

  test("records as TensorFlow wrote them, one after the other to the last byte") {
    assert(whole.map(_.number) === (0 until 12))
    assert(complaints(whole).isEmpty)
    assert(whole.head.offset === 0)
    whole.zip(whole.tail).foreach { case (one, next) =>
      assert(next.offset === one.offset + one.data.length + 16)
    }
    assert(whole.last.offset + whole.last.data.length + 16 === file.length)
  }

  test("an empty file has no record, and a record may have no bytes") {
    assert(read(Array.emptyByteArray).isEmpty)
    // Length 0, its checksum, and that of nothing, as TensorFlow writes b"".
    val empty = Array(0, 0, 0, 0, 0, 0, 0, 0, 0x29, 0x03, 0x98, 0x07, 0xd8, 0xea, 0x82, 0xa2)
    val records = read(empty.map(_.toByte) ++ file)
    assert(records.size === 13)
    assert(records.head.data.length === 0 && records.head.damage === null)
  }

  test("damaged data, or its checksum, costs the one record") {
    val record = whole(4)
    Seq(record.offset + 12, record.offset + 12 + record.data.length).foreach { position =>
      val found = read(flipped(position))
      assert(found.size === 12)
      assert(
        complaints(found) === Seq(
          s"record 4 (counted from 0), at byte ${record.offset}: the checksum of its data is wrong"
        )
      )
      assert(found(4).data === null)
      assertSame(found.patch(4, Nil, 1), whole.patch(4, Nil, 1))
    }
  }

  test("a damaged length, or its checksum: the rest of the file is one damaged record") {
    val record = whole(4)
    Seq(0, 7, 8, 11).foreach { position =>
      val found = read(flipped(record.offset + position))
      assertSame(found.init, whole.take(4))
      assert(
        complaints(found) === Seq(
          s"no record can be read from number 4 (counted from 0), at byte ${record.offset}, on: the" +
            " checksum of its length is wrong"
        )
      )
      assert(found.last.isRest)
    }
  }

  test("a file that ends within a record, wherever it does") {
    val record = whole(11)
    (record.offset + 1 until file.length).foreach { end =>
      val found = read(file.take(end.toInt))
      assertSame(found.init, whole.take(11))
      assert(
        complaints(found) === Seq(
          s"no record can be read from number 11 (counted from 0), at byte ${"%,d"
              .formatLocal(java.util.Locale.ROOT, record.offset)}, on: the file ends within it"
        )
      )
    }
    assertSame(read(file.take(record.offset.toInt)), whole.take(11))
  }

  /** A length with the checksum that belongs to it, so that nothing but the length is wrong. */
  private def head(length: Long): Array[Byte] = {
    val bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array
    val crc = new java.util.zip.CRC32C
    crc.update(bytes, 0, 8)
    val rotated = Integer.rotateRight(crc.getValue.toInt, 15)
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(8, rotated + 0xa282ead8)
    bytes
  }

  test("a length beyond what is there takes no memory, one beyond 2 GB is refused") {
    val before = allocated
    assert(complaints(read(head(2000000000L) ++ file)).head.endsWith("the file ends within it"))
    assert(allocated - before < (10L << 20))
    Seq(Int.MaxValue.toLong -> "2147483647", -1L -> "18446744073709551615").foreach {
      case (length, words) =>
        assert(
          complaints(read(head(length) ++ file)) === Seq(
            "no record can be read from number 0 (counted from 0), at byte 0, on: its length is" +
              s" $words bytes, more than the 2 GB of an Example"
          )
        )
    }
  }

  private def allocated: Long = java.lang.management.ManagementFactory.getThreadMXBean
    .asInstanceOf[com.sun.management.ThreadMXBean]
    .getThreadAllocatedBytes(Thread.currentThread.getId)

  test("a stream that cannot unpack what it holds is damaged from there on") {
    val failing = new InputStream {
      private var position = 0
      override def read(): Int = {
        position += 1
        if (position > whole(2).offset + 5) throw new IOException("incorrect data check")
        file(position - 1) & 0xff
      }
      override def read(bytes: Array[Byte], start: Int, length: Int): Int = {
        if (length == 0) return 0
        bytes(start) = read().toByte
        1
      }
    }
    val found = read(failing)
    assertSame(found.init, whole.take(2))
    assert(complaints(found).head.endsWith("compressed data is damaged: incorrect data check"))
  }

  test("whatever bytes are changed, no record comes out that was not there") {
    val random = new Random(7)
    val known = whole.map(record => record.data.toSeq).toSet
    (1 to 300).foreach { _ =>
      val bytes = file.clone
      (0 to random.nextInt(4)).foreach(_ =>
        bytes(random.nextInt(bytes.length)) = random.nextInt().toByte
      )
      val found = read(bytes.take(random.nextInt(bytes.length + 1)))
      assert(found.filter(_.damage == null).forall(record => known.contains(record.data.toSeq)))
      assert(found.init.forall(!_.isRest) || found.isEmpty)
    }
  }
}

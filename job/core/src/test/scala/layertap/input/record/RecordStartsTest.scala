package layertap.input.record

import java.io.ByteArrayInputStream
import java.nio.{ByteBuffer, ByteOrder}
import java.nio.charset.StandardCharsets.ISO_8859_1
import java.nio.file.Files
import java.util.zip.CRC32C
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.jdk.OptionConverters._
import scala.util.Random

/** Files read in parts: wherever they are cut, the records are those of the whole file. */
class RecordStartsTest extends AnyFunSuite {
  private def checksum(bytes: Array[Byte]): Array[Byte] = {
    val crc = new CRC32C
    crc.update(bytes)
    number(Integer.rotateRight(crc.getValue.toInt, 15) + 0xa282ead8L, 4)
  }

  private def number(value: Long, bytes: Int): Array[Byte] =
    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array.take(bytes)

  private def head(length: Long): Array[Byte] = number(length, 8) ++ checksum(number(length, 8))

  private def record(data: Array[Byte]): Array[Byte] =
    head(data.length) ++ data ++ checksum(data)

  private def words(records: Seq[TfRecord]): Seq[String] = records.map { record =>
    val what = if (record.damage == null) new String(record.data, ISO_8859_1) else record.damage
    s"${record.number} ${record.offset} ${record.isRest} $what"
  }

  private def all(reader: TfRecordReader): Seq[TfRecord] = reader.asScala.toSeq

  private def whole(file: Array[Byte]): Seq[String] =
    words(all(new TfRecordReader(new ByteArrayInputStream(file))))

  /** The records that begin in each part of a file. */
  private def inParts(
      file: Array[Byte],
      cuts: Seq[Int],
      starts: () => RecordStarts
  ): Seq[Seq[String]] =
    (0 +: cuts).zip(cuts :+ file.length).map { case (begin, end) =>
      starts()
        .from(begin, offset => file.slice(offset.toInt, offset.toInt + TfRecordReader.HEAD))
        .toScala
        .filter(_.offset < end)
        .fold(Seq.empty[String]) { start =>
          val stream = new ByteArrayInputStream(file.drop(start.offset.toInt))
          words(all(new TfRecordReader(stream, start, end)))
        }
    }

  private def assertSameInParts(file: Array[Byte], expected: Seq[String], cuts: Seq[Int]): Unit = {
    val shared = new RecordStarts
    Seq(() => new RecordStarts, () => shared).foreach { starts =>
      assert(inParts(file, cuts, starts).flatten == expected, s"cut at $cuts")
    }
  }

  private def assertSameWhereverCut(file: Array[Byte]): Unit = {
    val expected = whole(file)
    (1 until file.length).foreach(cut => assertSameInParts(file, expected, Seq(cut)))
  }

  private val small =
    Seq("a", "", "bcd", "efghijkl").map(text => record(text.getBytes)).reduce(_ ++ _)

  test("a file that TensorFlow wrote, cut at each of its bytes") {
    val file = Files.readAllBytes(TestData.root.resolve("tfrecord/rows/rows.tfrecord"))
    assert(whole(file).size === 12)
    assertSameWhereverCut(file)
  }

  test("a part has the records that begin in it") {
    val file = record(Array[Byte](1)) ++ record(Array[Byte](2, 3)) ++ record(Array[Byte](4))
    // They begin at 0, 17 and 35, and the file ends at 52.
    Seq(17 -> 1, 18 -> 2, 35 -> 2, 36 -> 3).foreach { case (cut, first) =>
      val parts = inParts(file, Seq(cut), () => new RecordStarts)
      assert(parts.map(_.size) === Seq(first, 3 - first))
    }
    val each = inParts(file, 1 until file.length, () => new RecordStarts)
    assert(each.zipWithIndex.collect { case (found, i) if found.nonEmpty => i } === Seq(0, 17, 35))
  }

  test("records that hold whole TFRecord files, and such whose bytes lead to true beginnings") {
    val nested = record(small) ++ record(record(small)) ++ record(small ++ small)
    assertSameWhereverCut(nested)
    // A false beginning in the first record reaches exactly to the second or the third one, or to the end.
    val (second, third) = (record(small), record("last".getBytes))
    val inside = 8
    Seq(0, second.length, second.length + third.length).foreach { beyond =>
      val data = new Array[Byte](inside) ++ head(inside + beyond) ++ new Array[Byte](inside)
      val file = record(data) ++ second ++ third
      val start = 12 + inside
      val target = start + 16 + inside + beyond
      assert(target === record(data).length + beyond, "the false record ends where a true one does")
      assertSameWhereverCut(file)
    }
  }

  test("damage of any byte, cut anywhere: the same rows, the same reasons") {
    for ((position, bit) <- small.indices.zip(Iterator.continually(Seq(1, 0x80)).flatten)) {
      val file = small.clone
      file(position) = (file(position) ^ bit).toByte
      assertSameWhereverCut(file)
    }
  }

  test("a file that ends anywhere, cut anywhere") {
    small.indices.foreach(end => assertSameWhereverCut(small.take(end)))
  }

  test("lengths beyond the file and beyond 2 GB, cut anywhere") {
    Seq(1000L, 2000000000L, Int.MaxValue.toLong, -1L, Long.MaxValue, Long.MinValue).foreach {
      length =>
        assertSameWhereverCut(small ++ head(length) ++ small)
    }
  }

  test("many parts, of random files") {
    val random = new Random(11)
    (1 to 300).foreach { _ =>
      val file = Seq
        .fill(random.nextInt(12))(record(random.nextBytes(random.nextInt(30))))
        .foldLeft(Array.emptyByteArray)(_ ++ _)
      if (file.nonEmpty && random.nextInt(3) == 0) file(random.nextInt(file.length)) = 7
      val cuts = Seq.fill(random.nextInt(6))(random.nextInt(file.length + 1)).sorted
      assertSameInParts(file, whole(file), cuts)
    }
  }

  test("what was found is not looked for again, in whatever order parts are asked for") {
    val data = new Array[Byte](1 << 20)
    val size = data.length + 16
    val first = record(data).take(TfRecordReader.HEAD)
    var asked = 0
    val heads: RecordStarts.Heads = offset => {
      asked += 1
      assert(offset % size === 0)
      if (offset < 100L * size) first else Array.emptyByteArray
    }
    val starts = new RecordStarts
    assert(starts.from(99L * size, heads).get === new RecordStarts.Start(99, 99L * size))
    assert(asked === 99)
    (98 to 1 by -7).foreach { i =>
      asked = 0
      val start = starts.from((i - 1L) * size + 1, heads).get
      assert(start === new RecordStarts.Start(i, i.toLong * size))
      // One record in 4 MB is remembered.
      assert(asked <= 4)
    }
    assert(starts.from(101L * size, heads).isEmpty)
    asked = 0
    assert(starts.from(100L * size + 1, heads).isEmpty)
    assert(asked === 1)
  }
}

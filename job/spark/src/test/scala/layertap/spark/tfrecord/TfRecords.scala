package layertap.spark.tfrecord

import java.nio.{ByteBuffer, ByteOrder}
import java.nio.file.{Files, Path}
import java.util.zip.CRC32C
import layertap.testing.TestData
import scala.jdk.CollectionConverters._

/** Records for tests, and files of which one is damaged. */
object TfRecords {
  private def masked(bytes: Array[Byte]): Int = {
    val crc = new CRC32C
    crc.update(bytes)
    Integer.rotateRight(crc.getValue.toInt, 15) + 0xa282ead8
  }

  /** A record with its length and checksums. */
  def record(data: Array[Byte]): Array[Byte] = {
    val buffer = ByteBuffer.allocate(data.length + 16).order(ByteOrder.LITTLE_ENDIAN)
    buffer.putLong(data.length)
    buffer.putInt(masked(buffer.array.take(8))).put(data).putInt(masked(data))
    buffer.array
  }

  /** Where the records of a plain file begin, its end included. */
  def offsets(file: Path): Seq[Int] = {
    val reader = RecordFiles.reader(Files.newInputStream(file))
    try {
      val records = reader.asScala.toList
      records.map(_.offset.toInt) :+ (records.last.offset.toInt + records.last.data.length + 16)
    } finally reader.close()
  }

  /** A file of `test-data/tfrecord` with one byte of a record changed, so far from its start. */
  def damaged(name: String, target: Path, record: Int, position: Int): Path = {
    val source = TestData.root.resolve("tfrecord").resolve(name)
    val bytes = Files.readAllBytes(source)
    val at = offsets(source)(record) + position
    bytes(at) = (bytes(at) ^ 1).toByte
    Files.createDirectories(target.getParent)
    Files.write(target, bytes)
  }
}

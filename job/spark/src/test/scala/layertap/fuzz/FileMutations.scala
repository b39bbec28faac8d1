package layertap.fuzz

import com.google.protobuf.Message
import java.io.ByteArrayOutputStream
import java.nio.charset.StandardCharsets.ISO_8859_1
import java.nio.{ByteBuffer, ByteOrder}
import java.util.zip.CRC32C
import org.tensorflow.proto.{BundleEntryProto, BundleHeaderProto}
import scala.util.Random

/** Changes to the bytes of a file. */
final class FileMutations(random: Random) {

  def mutate(bytes: Array[Byte]): (Array[Byte], String) =
    if (bytes.isEmpty) (Array[Byte](1), "is no longer empty")
    else {
      val at = random.nextInt(bytes.length)
      random.nextInt(6) match {
        case 0     => (bytes.take(at), s"is cut at $at of ${bytes.length}")
        case 1     => (bytes.patch(at, Seq.fill(random.nextInt(64))(0.toByte), 64), s"zeros at $at")
        case 2     => (bytes.patch(at, noise(1 + random.nextInt(64)), 0), s"grows at $at")
        case 3     => (bytes.patch(at, Nil, 1 + random.nextInt(64)), s"shrinks at $at")
        case flips =>
          val changed = bytes.clone
          val places = Seq.fill(if (flips == 4) 1 else 8)(random.nextInt(bytes.length))
          places.foreach { place =>
            changed(place) = (changed(place) ^ (1 << random.nextInt(8))).toByte
          }
          (changed, s"has other bits at ${places.mkString(", ")}")
      }
    }

  private def noise(count: Int): Array[Byte] = {
    val bytes = new Array[Byte](count)
    random.nextBytes(bytes)
    bytes
  }

  /** An index with right checksums, one entry of which is wrong. */
  def index(entries: Seq[(String, Array[Byte])]): (Array[Byte], String) = {
    val at = random.nextInt(entries.size)
    val (key, value) = entries(at)
    val (entry, what) =
      if (random.nextInt(8) == 0) mutate(value)
      else {
        val parsed: Message =
          if (at == 0) BundleHeaderProto.parseFrom(value) else BundleEntryProto.parseFrom(value)
        val (changed, what) = new ProtoMutations(random, IndexedSeq.empty).mutate(parsed)
        (changed.toByteArray, what)
      }
    val isCompressed = random.nextInt(16) == 0
    val bytes = FileMutations.table(entries.updated(at, key -> entry), isCompressed)
    (bytes, s"entry '$key': $what${if (isCompressed) ", blocks as if compressed" else ""}")
  }

  /** An index and the shard that it is of, one value of which is other; the checksums fit. */
  def shard(
      entries: Seq[(String, Array[Byte])],
      data: Array[Byte]
  ): (Array[Byte], Array[Byte], String) = {
    val at = 1 + random.nextInt(entries.size - 1)
    val (key, value) = entries(at)
    val entry = BundleEntryProto.parseFrom(value)
    val (offset, size) = (entry.getOffset.toInt, entry.getSize.toInt)
    val changed = data.clone
    (0 to random.nextInt(4)).foreach { _ =>
      if (size > 0) changed(offset + random.nextInt(size)) = random.nextInt().toByte
    }
    val crc = FileMutations.masked(changed.slice(offset, offset + size))
    val index =
      FileMutations.table(
        entries.updated(at, key -> entry.toBuilder.setCrc32C(crc).build.toByteArray)
      )
    (index, changed, s"other bytes of '$key'")
  }
}

object FileMutations {

  /** A table in LevelDB's format, of one block. */
  def table(entries: Seq[(String, Array[Byte])], isCompressed: Boolean = false): Array[Byte] = {
    val file = new ByteArrayOutputStream
    val data = block(file, entries, isCompressed)
    val index = block(file, Seq("z" -> data))
    val footer = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN)
    footer.put(varint(0)).put(varint(0)).put(index)
    file.write(footer.putLong(40, 0xdb4775248b80fb57L).array)
    file.toByteArray
  }

  /** Appends a block; gives its handle. */
  private def block(
      file: ByteArrayOutputStream,
      entries: Seq[(String, Array[Byte])],
      isCompressed: Boolean = false
  ) = {
    val bytes = new ByteArrayOutputStream
    entries.foreach { case (key, value) =>
      Seq(0, key.length, value.length).foreach(length => bytes.write(varint(length)))
      bytes.write(key.getBytes(ISO_8859_1))
      bytes.write(value)
    }
    bytes.write(little(0))
    bytes.write(little(1))
    val handle = varint(file.size) ++ varint(bytes.size)
    bytes.write(if (isCompressed) 1 else 0)
    file.write(bytes.toByteArray)
    file.write(little(masked(bytes.toByteArray)))
    handle
  }

  /** The checksum as it is stored. */
  def masked(bytes: Array[Byte]): Int = {
    val crc = new CRC32C
    crc.update(bytes)
    val value = crc.getValue.toInt
    ((value >>> 15) | (value << 17)) + 0xa282ead8
  }

  private def little(value: Int): Array[Byte] =
    ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array

  private def varint(value: Int): Array[Byte] =
    if (value < 128) Array(value.toByte) else (value | 128).toByte +: varint(value >>> 7)
}

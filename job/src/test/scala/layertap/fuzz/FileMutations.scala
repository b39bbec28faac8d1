package layertap.fuzz

import java.io.ByteArrayOutputStream
import java.nio.charset.StandardCharsets.ISO_8859_1
import java.nio.{ByteBuffer, ByteOrder}
import java.util.zip.{CRC32C, ZipEntry, ZipOutputStream}
import org.tensorflow.proto.BundleEntryProto
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
      if (at == 0) mutate(value)
      else {
        val parsed = BundleEntryProto.parseFrom(value)
        val (changed, what) = new ProtoMutations(random, IndexedSeq.empty).mutate(parsed)
        (changed.toByteArray, what)
      }
    val bytes = FileMutations.table(entries.updated(at, key -> entry))
    (bytes, s"entry '$key': $what")
  }

  /** An archive as Keras writes it, with a `config.json` that is hostile. */
  def archive(config: String): (Array[Byte], String) = random.nextInt(6) match {
    case 0 =>
      val (cut, what) = mutate(zip(_.write(config.getBytes("UTF-8"))))
      (cut, s"archive $what")
    case 1 => (zip(bomb(_, ' '.toByte)), "a bomb of blanks")
    case 2 => (zip(bomb(_, '['.toByte)), "a bomb of brackets")
    case 3 =>
      val depth = 1000 + random.nextInt(100000)
      ((("{\"config\":" * depth) + "1" + "}" * depth).getBytes("UTF-8"), s"JSON $depth deep")
    case _ =>
      val (text, what) = mutate(config.getBytes("UTF-8"))
      (text, s"JSON $what")
  }

  private def zip(write: ZipOutputStream => Unit): Array[Byte] = {
    val bytes = new ByteArrayOutputStream
    val zip = new ZipOutputStream(bytes)
    zip.putNextEntry(new ZipEntry("config.json"))
    write(zip)
    zip.close()
    bytes.toByteArray
  }

  private def bomb(zip: ZipOutputStream, filling: Byte): Unit =
    (0 until 1024).foreach(_ => zip.write(Array.fill(1 << 20)(filling)))
}

object FileMutations {

  /** A table in LevelDB's format, of one block. */
  def table(entries: Seq[(String, Array[Byte])]): Array[Byte] = {
    val file = new ByteArrayOutputStream
    val data = block(file, entries)
    val index = block(file, Seq("z" -> data))
    val footer = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN)
    footer.put(varint(0)).put(varint(0)).put(index)
    file.write(footer.putLong(40, 0xdb4775248b80fb57L).array)
    file.toByteArray
  }

  /** Appends a block; gives its handle. */
  private def block(file: ByteArrayOutputStream, entries: Seq[(String, Array[Byte])]) = {
    val bytes = new ByteArrayOutputStream
    entries.foreach { case (key, value) =>
      Seq(0, key.length, value.length).foreach(length => bytes.write(varint(length)))
      bytes.write(key.getBytes(ISO_8859_1))
      bytes.write(value)
    }
    bytes.write(little(0))
    bytes.write(little(1))
    val handle = varint(file.size) ++ varint(bytes.size)
    bytes.write(0)
    val crc = new CRC32C
    crc.update(bytes.toByteArray)
    val value = crc.getValue.toInt
    file.write(bytes.toByteArray)
    file.write(little(((value >>> 15) | (value << 17)) + 0xa282ead8))
    handle
  }

  private def little(value: Int): Array[Byte] =
    ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array

  private def varint(value: Int): Array[Byte] =
    if (value < 128) Array(value.toByte) else (value | 128).toByte +: varint(value >>> 7)
}

package layertap.model.checkpoint

import com.google.protobuf.ByteString
import java.io.ByteArrayOutputStream
import java.nio.{ByteBuffer, ByteOrder}
import java.nio.charset.StandardCharsets.ISO_8859_1
import layertap.checksum.MaskedCrc32c
import org.tensorflow.proto.BundleHeaderProto.Endianness
import org.tensorflow.proto.{BundleEntryProto, BundleHeaderProto, DataType, TensorShapeProto}
import scala.jdk.CollectionConverters._

/** Writes SSTables and checkpoint indexes as LevelDB and TensorFlow do. */
object Indexes {
  private val Magic = 0xdb4775248b80fb57L

  /** A table of one or more blocks of entries. */
  def table(blocks: Seq[(String, Array[Byte])]*): Array[Byte] = {
    val file = new ByteArrayOutputStream
    finish(
      file,
      blocks.zipWithIndex.map { case (block, i) => s"$i" -> append(file, entries(block)) }
    )
  }

  /** A table of one block as it is, with its trailer. */
  def tableAround(block: Array[Byte], length: Int = -1): Array[Byte] = {
    val file = new ByteArrayOutputStream
    file.write(block)
    finish(file, Seq("0" -> varints(0, if (length < 0) block.length - 5 else length)))
  }

  private def finish(file: ByteArrayOutputStream, handles: Seq[(String, Array[Byte])]) = {
    val index = append(file, entries(handles))
    val footer = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN)
    footer.put(varints(0, 0)).put(index).putLong(40, Magic)
    file.write(footer.array)
    file.toByteArray
  }

  /** The index of a checkpoint. */
  def checkpoint(header: BundleHeaderProto, entries: (String, BundleEntryProto)*): Array[Byte] = {
    val rows = entries.map { case (key, entry) => key -> entry.toByteArray }
    table(("" -> header.toByteArray) +: rows.sortBy(_._1))
  }

  /** The index with another entry for a key that it has. */
  def replaced(index: Array[Byte], key: String, entry: BundleEntryProto): Array[Byte] = {
    val rows = SortedTable.read(index, "index").asScala.toSeq.map { case (name, value) =>
      name -> ByteString.copyFrom(value.duplicate).toByteArray
    }
    require(rows.exists(_._1 == key), s"$key is not among ${rows.map(_._1)}")
    table(rows.map { case (name, bytes) =>
      name -> (if (name == key) entry.toByteArray else bytes)
    })
  }

  def header(
      shardCount: Int = 1,
      endianness: Endianness = Endianness.LITTLE
  ): BundleHeaderProto =
    BundleHeaderProto.newBuilder.setNumShards(shardCount).setEndianness(endianness).build

  def entry(
      offset: Long,
      size: Long,
      shard: Int = 0,
      sizes: Seq[Long] = Seq(),
      dtype: DataType = DataType.DT_FLOAT
  ): BundleEntryProto = {
    val shape = TensorShapeProto.newBuilder
    sizes.foreach(size => shape.addDimBuilder().setSize(size))
    BundleEntryProto.newBuilder
      .setDtype(dtype)
      .setShape(shape)
      .setShardId(shard)
      .setOffset(offset)
      .setSize(size)
      .setCrc32C(7)
      .build
  }

  /** A block's entries, each key cut by what it shares with the one before. */
  private def entries(rows: Seq[(String, Array[Byte])]): Array[Byte] = {
    val block = new ByteArrayOutputStream
    rows.zip("" +: rows.map(_._1)).foreach { case ((key, value), before) =>
      val shared = key.zip(before).takeWhile { case (a, b) => a == b }.size
      block.write(varints(shared, key.length - shared, value.length))
      block.write(key.drop(shared).getBytes(ISO_8859_1))
      block.write(value)
    }
    block.toByteArray
  }

  /** Appends entries with one restart point; gives the handle of their block. */
  private def append(file: ByteArrayOutputStream, entries: Array[Byte]): Array[Byte] = {
    val offset = file.size
    file.write(block(entries ++ little(0, 1)))
    varints(offset, entries.length + 8)
  }

  /** Bytes of a block with their trailer. */
  def block(bytes: Array[Byte]): Array[Byte] = {
    val typed = bytes :+ 0.toByte
    typed ++ little(MaskedCrc32c.of(typed, 0, typed.length))
  }

  private def little(values: Int*): Array[Byte] = {
    val bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN)
    values.foreach(bytes.putInt)
    bytes.array
  }

  private def varints(values: Int*): Array[Byte] = values.flatMap(varint(_)).toArray

  private def varint(value: Int): Seq[Byte] =
    if (value < 128) Seq(value.toByte) else (value | 128).toByte +: varint(value >>> 7)
}

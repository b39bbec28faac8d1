package layertap.model.checkpoint

/** Checksums as checkpoints have them. */
object Checksums {
  def masked(bytes: Array[Byte], offset: Int, length: Int): Int =
    Crc32c.masked(bytes, offset, length)
}

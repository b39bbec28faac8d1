package layertap.model.checkpoint

import scala.jdk.CollectionConverters._

/** The entries of a checkpoint's index as they are. */
object IndexEntries {
  def read(index: Array[Byte]): Seq[(String, Array[Byte])] =
    SortedTable.read(index, "index").asScala.toSeq.map { case (key, value) =>
      val bytes = new Array[Byte](value.remaining)
      value.duplicate.get(bytes)
      key -> bytes
    }
}

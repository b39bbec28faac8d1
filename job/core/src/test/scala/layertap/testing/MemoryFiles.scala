package layertap.testing

import java.io.{EOFException, UncheckedIOException}
import java.nio.file.{Files, Path}
import layertap.model.saved.ModelFiles
import layertap.model.saved.ModelFiles.ModelFile
import scala.collection.mutable
import scala.jdk.CollectionConverters._

/** A SavedModel in memory, to be damaged; remembers what was read from it. */
final class MemoryFiles(files: Map[String, Array[Byte]], lengths: Map[String, Long] = Map.empty)
    extends ModelFiles {

  /** Path, offset and length of each read. */
  val reads: mutable.Buffer[(String, Long, Int)] = mutable.Buffer.empty

  def updated(path: String, bytes: Array[Byte]): MemoryFiles =
    new MemoryFiles(files.updated(path, bytes), lengths)

  def without(path: String): MemoryFiles = new MemoryFiles(files - path, lengths)

  /** The files, one of which is listed with a length that it has not. */
  def pretending(path: String, length: Long): MemoryFiles =
    new MemoryFiles(files, lengths.updated(path, length))

  def apply(path: String): Array[Byte] = files(path)

  def writeTo(folder: Path): Unit = files.foreach { case (path, bytes) =>
    val file = folder.resolve(path)
    Files.createDirectories(file.getParent)
    Files.write(file, bytes)
  }

  override def location(): String = "memory"

  override def exists(): Boolean = true

  override def list(): java.util.List[ModelFile] =
    (files.keySet ++ lengths.keySet).toSeq.sorted
      .map(path => new ModelFile(path, lengths.getOrElse(path, files(path).length.toLong)))
      .asJava

  override def read(path: String, offset: Long, length: Int): Array[Byte] = {
    reads += ((path, offset, length))
    val bytes = files(path)
    if (offset + length > bytes.length)
      throw new UncheckedIOException(new EOFException(s"$path ends at ${bytes.length}"))
    bytes.slice(offset.toInt, offset.toInt + length)
  }
}

object MemoryFiles {
  def of(files: (String, Array[Byte])*): MemoryFiles = new MemoryFiles(files.toMap)

  /** A copy of a stored model. */
  def copyOf(model: String): MemoryFiles = {
    val directory = TestData.model(model)
    val paths = TestData.files(model).list().asScala.map(_.path)
    new MemoryFiles(paths.map(path => path -> read(directory.resolve(path))).toMap)
  }

  private def read(path: Path): Array[Byte] = Files.readAllBytes(path)
}

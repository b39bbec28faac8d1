package layertap.publish

import java.io.UncheckedIOException
import java.nio.file.{Files, Path}
import java.util.{List => JavaList}
import scala.jdk.CollectionConverters._
import scala.jdk.StreamConverters._

/** The process dies. */
final class Crash extends RuntimeException

/** A local folder whose user dies right before a change, or in the middle of one. */
final class CrashingStore(changesBeforeCrash: Int = Int.MaxValue) extends OutputStore {
  private var changes = 0

  /** How many changes there were. */
  def changeCount: Int = changes

  private def change(): Unit = {
    if (changes == changesBeforeCrash) throw new Crash
    changes += 1
  }

  override def exists(path: String): Boolean = Files.exists(Path.of(path))

  override def children(directory: String): JavaList[String] =
    if (exists(directory)) list(Path.of(directory)).map(_.toString).asJava else JavaList.of()

  private def list(directory: Path): Seq[Path] = {
    val stream = Files.list(directory)
    try stream.toScala(Seq).sorted
    finally stream.close()
  }

  override def filesBelow(directory: String): JavaList[String] = below(Path.of(directory)).asJava

  private def below(path: Path): Seq[String] =
    if (Files.isDirectory(path)) list(path).flatMap(below)
    else if (Files.exists(path)) Seq(path.toString)
    else Seq()

  override def rename(from: String, to: String): Unit = {
    change()
    if (exists(to)) throw new UncheckedIOException(new java.io.IOException(s"$to is there"))
    Files.move(Path.of(from), Path.of(to))
  }

  /** Deletes file by file, as most storages do. */
  override def delete(path: String): Unit = {
    val at = Path.of(path)
    if (Files.isDirectory(at)) list(at).foreach(child => delete(child.toString))
    change()
    Files.deleteIfExists(at)
  }

  /** Leaves a file that is cut off if it dies. */
  override def write(path: String, text: String): Unit = {
    Files.createDirectories(Path.of(path).getParent)
    Files.writeString(Path.of(path), text.take(1))
    change()
    Files.writeString(Path.of(path), text)
  }
}

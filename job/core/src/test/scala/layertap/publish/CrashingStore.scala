package layertap.publish

import java.io.UncheckedIOException
import java.nio.file.{FileAlreadyExistsException, Files, Path, StandardCopyOption}
import java.util.{List => JavaList, Optional}
import scala.jdk.CollectionConverters._
import scala.jdk.StreamConverters._

/** The process dies. */
final class Crash extends RuntimeException

/** A local folder whose user dies right before a change, or in the middle of one.
  *
  * @param renamesDirectories
  *   as a file system does; else it is like an object store
  */
final class CrashingStore(
    changesBeforeCrash: Int = Int.MaxValue,
    override val renamesDirectories: Boolean = true
) extends OutputStore {
  private var changes = 0

  /** How many changes there were. */
  def changeCount: Int = synchronized(changes)

  private def change(): Unit = synchronized {
    if (changes == changesBeforeCrash) throw new Crash
    changes += 1
  }

  override def exists(path: String): Boolean = Files.exists(Path.of(path))

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

  /** An object store that dies may leave the copy and what it was copied from. */
  override def moveFiles(from: String, to: String, files: JavaList[String]): Unit =
    files.asScala.foreach { file =>
      change()
      val target = Path.of(to, file)
      Files.createDirectories(target.getParent)
      Files.copy(Path.of(from, file), target, StandardCopyOption.REPLACE_EXISTING)
      if (!renamesDirectories) change()
      Files.delete(Path.of(from, file))
    }

  /** Deletes file by file, as most storages do. */
  override def delete(path: String): Unit = {
    val at = Path.of(path)
    if (Files.isDirectory(at)) list(at).foreach(child => delete(child.toString))
    if (Files.exists(at)) {
      change()
      Files.deleteIfExists(at)
    }
  }

  /** One after the other; a crash may be between two. */
  override def deleteFiles(directory: String, files: JavaList[String]): Unit =
    files.asScala.foreach { file =>
      require(file.startsWith(directory + "/"), file)
      delete(file)
    }

  override def read(path: String): Optional[String] =
    if (exists(path)) Optional.of(Files.readString(Path.of(path))) else Optional.empty

  override def write(path: String, text: String): Unit = {
    change()
    val options = Seq(StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING)
    Files.move(draft(path, text), Path.of(path), options: _*)
  }

  /** A file that nobody reads before it is whole. */
  private def draft(path: String, text: String): Path = {
    val folder = Files.createDirectories(Path.of(path).getParent)
    Files.writeString(Files.createTempFile(folder, ".draft", ""), text)
  }

  /** A link is made for one of several stores on the same folder. */
  override def writeNew(path: String, text: String): Boolean =
    if (exists(path)) false
    else {
      change()
      val whole = draft(path, text)
      try {
        Files.createLink(Path.of(path), whole)
        true
      } catch { case _: FileAlreadyExistsException => false }
      finally Files.delete(whole)
    }
}

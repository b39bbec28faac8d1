package layertap.publish

import java.io.{IOException, UncheckedIOException}
import java.util.{List => JavaList, Optional}

/** A storage on which something happens right after a file was read, or right before or after a
  * change.
  *
  * @param afterRead
  *   is told how many files were read, and which
  * @param beforeChange
  *   is told how many changes there were before
  * @param afterChange
  *   is told the same
  */
final class HookedStore(
    store: OutputStore,
    afterRead: (Int, String) => Unit = (_, _) => (),
    beforeChange: Int => Unit = _ => (),
    afterChange: Int => Unit = _ => ()
) extends OutputStore {
  private var reads = 0
  private var changes = 0

  private def changed[A](change: => A): A = {
    val before = synchronized {
      changes += 1
      changes - 1
    }
    beforeChange(before)
    val result =
      try change
      catch { case e: IOException => throw new UncheckedIOException(e) }
    afterChange(before)
    result
  }

  override def renamesDirectories: Boolean = store.renamesDirectories
  override def exists(path: String): Boolean = store.exists(path)
  override def filesBelow(directory: String): JavaList[String] = store.filesBelow(directory)

  override def read(path: String): Optional[String] = {
    val text = store.read(path)
    val count = synchronized {
      reads += 1
      reads
    }
    afterRead(count, path)
    text
  }

  override def rename(from: String, to: String): Unit = changed(store.rename(from, to))
  override def delete(path: String): Unit = changed(store.delete(path))
  override def write(path: String, text: String): Unit = changed(store.write(path, text))
  override def writeNew(path: String, text: String): Boolean = changed(store.writeNew(path, text))

  override def deleteFiles(directory: String, files: JavaList[String]): Unit =
    changed(store.deleteFiles(directory, files))

  override def moveFiles(from: String, to: String, files: JavaList[String]): Unit =
    changed(store.moveFiles(from, to, files))
}

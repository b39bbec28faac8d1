package layertap.testing

import java.nio.file.{Files, Path}
import java.util.Comparator

/** A folder that is gone after its use. */
object TempFolder {
  def use[A](body: Path => A): A = {
    val folder = Files.createTempDirectory("layertap-test")
    try body(folder)
    finally delete(folder)
  }

  /** Deletes a folder with all that is in it. */
  def delete(folder: Path): Unit = {
    val paths = Files.walk(folder)
    try paths.sorted(Comparator.reverseOrder[Path]).forEach(path => Files.delete(path))
    finally paths.close()
  }
}

package layertap.testing

import java.nio.file.{Files, Path}
import scala.jdk.StreamConverters._

/** A folder of many photos: the test data's, over and over, under other names. */
object ManyPhotos {

  /** The test data's photos, in the order of their answers. */
  val originals: Seq[Path] = {
    val files = Files.walk(TestData.root.resolve("images"))
    try files.toScala(Seq).filter(Files.isRegularFile(_)).sorted
    finally files.close()
  }

  /** Writes them into folders named by what they show, numbered. */
  def write(folder: Path, count: Int): Unit =
    (0 until count).foreach { number =>
      val original = originals(number % originals.size)
      val label = Files.createDirectories(folder.resolve(original.getParent.getFileName))
      val ending = original.getFileName.toString.split('.').last
      Files.copy(original, label.resolve(f"$number%03d.$ending"))
    }

  /** Copies them, each once, under their own names. */
  def copy(folder: Path): Unit = originals.foreach { original =>
    val label = Files.createDirectories(folder.resolve(original.getParent.getFileName))
    Files.copy(original, label.resolve(original.getFileName))
  }

  /** Which of the originals a file is a copy of, by its name. */
  def originalOf(path: String): Int =
    path.split('/').last.takeWhile(_.isDigit).toInt % originals.size
}

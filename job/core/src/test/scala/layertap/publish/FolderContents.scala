package layertap.publish

import java.nio.file.{Files, Path}
import scala.jdk.CollectionConverters._

/** The texts of a folder's files by their names. */
object FolderContents {
  type Contents = Map[String, String]

  def write(folder: Path, files: Contents): Unit = files.foreach { case (name, text) =>
    val file = folder.resolve(name)
    Files.createDirectories(file.getParent)
    Files.writeString(file, text)
  }

  /** None if the folder is not there. */
  def read(folder: Path): Option[Contents] = Option.when(Files.exists(folder)) {
    val paths = new CrashingStore().filesBelow(folder.toString).asScala
    paths
      .map(path => folder.relativize(Path.of(path)).toString -> Files.readString(Path.of(path)))
      .toMap
  }
}

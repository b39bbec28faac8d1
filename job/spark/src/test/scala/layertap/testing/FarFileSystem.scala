package layertap.testing

import java.net.URI
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FileStatus, Path, RawLocalFileSystem}

/** This machine's disk under a scheme that only Hadoop knows: TensorFlow cannot read from there. */
class FarFileSystem extends RawLocalFileSystem {
  override def getScheme: String = "far"
  override def getUri: URI = FarFileSystem.Root

  override def getFileStatus(path: Path): FileStatus = plain(super.getFileStatus(path))
  override def listStatus(path: Path): Array[FileStatus] = super.listStatus(path).map(plain)

  /** Without owner and rights, which the disk's own class asks for by the scheme `file`. */
  private def plain(status: FileStatus): FileStatus =
    new FileStatus(
      status.getLen,
      status.isDirectory,
      1,
      status.getBlockSize,
      status.getModificationTime,
      status.getPath
    )
}

object FarFileSystem {
  private val Root = URI.create("far:///")

  /** Lets drivers, executors and commands of this JVM read by the scheme. */
  def register(configuration: Configuration): Unit = {
    val (key, name) = ("fs.far.impl", classOf[FarFileSystem].getName)
    configuration.set(key, name)
    System.setProperty(s"spark.hadoop.$key", name)
  }

  /** A folder of this machine, by that scheme. */
  def location(folder: java.nio.file.Path): String = s"far://${folder.toAbsolutePath}"
}

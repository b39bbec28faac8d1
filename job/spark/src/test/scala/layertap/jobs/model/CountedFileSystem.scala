package layertap.jobs.model

import java.net.URI
import java.nio.file.{Files, Path => File, StandardOpenOption}
import layertap.testing.FarFileSystem
import org.apache.hadoop.fs.{FSDataInputStream, Path}

/** The local disk as `counted:` storage, that writes down which files are opened for reading. */
final class CountedFileSystem extends FarFileSystem {
  override def getUri: URI = URI.create("counted:///")

  override def getScheme: String = "counted"

  override def open(path: Path, bufferSize: Int): FSDataInputStream = {
    val log = File.of(getConf.get(CountedFileSystem.log))
    Files.writeString(
      log,
      s"${path.getName}\n",
      StandardOpenOption.CREATE,
      StandardOpenOption.APPEND
    )
    super.open(path, bufferSize)
  }
}

object CountedFileSystem {
  val log = "fs.counted.log"
}

package layertap.model.cache

import java.nio.file.{Files, Path, StandardOpenOption}
import layertap.model.saved.ModelFiles
import layertap.model.saved.ModelFiles.ModelFile
import layertap.process.UserFolder
import layertap.testing.MemoryFiles

/** Files that count as remote, with a fingerprint of their own. */
class RemoteFiles(files: ModelFiles, model: => String = "model") extends ModelFiles {
  override def fingerprint(): String = model
  override def isRemote: Boolean = true
  override def location(): String = files.location
  override def exists(): Boolean = files.exists
  override def list(): java.util.List[ModelFile] = files.list
  override def read(path: String, offset: Long, length: Int): Array[Byte] =
    files.read(path, offset, length)
}

/** Reads a model by pieces, as one of several processes: `FOLDER LOG MILLISECONDS`. A line of the
  * log for each piece that the storage is asked for, which takes its time.
  */
object RemoteFiles {
  val shard = "variables/variables.data-00000-of-00001"
  val pieces = 20
  val length = 1000
  val content: Array[Byte] = Array.tabulate(pieces * length)(i => (i * 7 % 251).toByte)

  def main(arguments: Array[String]): Unit = {
    val Array(folder, log, milliseconds) = arguments
    val memory = MemoryFiles.of(shard -> content)
    val remote = new RemoteFiles(memory) {
      override def read(path: String, offset: Long, length: Int): Array[Byte] = {
        Files.writeString(
          Path.of(log),
          s"$offset\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND
        )
        Thread.sleep(milliseconds.toLong)
        memory.read(path, offset, length)
      }
    }
    val cache =
      new ModelCache(new UserFolder(Path.of(folder)), 1L << 30, PieceLocks.ofThisJvm)
    val files = new CachedModelFiles(remote, cache)
    (0 until pieces).foreach { piece =>
      val read = files.read(shard, piece.toLong * length, length)
      require(read.sameElements(content.slice(piece * length, (piece + 1) * length)))
    }
    println("read all")
  }
}

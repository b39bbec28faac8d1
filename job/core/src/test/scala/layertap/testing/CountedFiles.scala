package layertap.testing

import layertap.model.saved.ModelFiles
import layertap.model.saved.ModelFiles.ModelFile

/** Counts what the storage of a model is asked for. */
final class CountedFiles(files: ModelFiles) extends ModelFiles {
  var lookups = 0
  var listings = 0

  override def location(): String = files.location

  override def exists(): Boolean = {
    lookups += 1
    files.exists
  }

  override def list(): java.util.List[ModelFile] = {
    listings += 1
    files.list()
  }

  override def read(path: String, offset: Long, length: Int): Array[Byte] =
    files.read(path, offset, length)
}

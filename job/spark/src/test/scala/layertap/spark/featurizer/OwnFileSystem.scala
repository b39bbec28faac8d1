package layertap.spark.featurizer

import java.net.URI
import layertap.testing.FarFileSystem

/** This machine's disk under a scheme that only one session of Spark knows. */
class OwnFileSystem extends FarFileSystem {
  override def getScheme: String = "own"
  override def getUri: URI = URI.create("own:///")
}

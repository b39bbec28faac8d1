package layertap.hadoop

import java.nio.file.Path
import org.apache.hadoop.conf.Configuration
import org.scalatest.funsuite.AnyFunSuite

/** Where a model is, for processes of other working directories. */
class HadoopModelFilesTest extends AnyFunSuite {
  private def absolute(location: String) =
    HadoopModelFiles.absolute(location, new Configuration(false))

  test("a relative location is made absolute, others stay as they are written") {
    val here = Path.of("").toAbsolutePath
    Seq("test-data/models/digits_keras3", "a b/50%/c#d", "models/[x]").foreach { location =>
      assert(absolute(location) === s"$here/$location")
      assert(
        HadoopModelFiles.of(absolute(location), new Configuration(false)).location ===
          s"$here/$location"
      )
    }
    Seq("/models/x", "file:/models/x", "s3a://bucket/x", "hdfs:///x").foreach { location =>
      assert(absolute(location) === location)
    }
  }
}

package layertap.hadoop

import java.nio.file.Path
import layertap.testing.JobFolder
import org.apache.hadoop.conf.Configuration
import org.scalatest.funsuite.AnyFunSuite

/** Where a model is, for processes of other working directories. */
class ModelPlaceTest extends AnyFunSuite {
  private val hadoop = new Configuration(false)
  private def onDriver(location: String) = ModelPlace.of(location, hadoop).onDriver

  test("a relative location is one in the driver's directory, others stay as they are written") {
    val here = Path.of("").toAbsolutePath
    Seq("test-data/models/digits_keras3", "a b/50%/c#d", "models/[x]").foreach { location =>
      assert(onDriver(location) === s"$here/$location")
    }
    Seq("/models/x", "file:/models/x", "s3a://bucket/x", "hdfs:///x").foreach { location =>
      assert(onDriver(location) === location)
    }
  }

  test("an executor takes its own copy, and without one the driver's") {
    JobFolder.use { folder =>
      val other = folder.path.toString
      val own = new ModelPlace("test-data/models/digits_keras3", other).files(hadoop)
      assert(own.location === "test-data/models/digits_keras3")
      assert(new ModelPlace("no/such/model", other).files(hadoop).location === other)
    }
  }
}

package layertap.plan

import java.nio.file.{Files, Path}
import layertap.config.JobConfigLoader
import layertap.extract.check.LocalTrial
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite

/** A later run appends only to an output whose plan has the same fingerprint. */
class PlanFingerprintTest extends AnyFunSuite {

  test("the fingerprint of conf/digits.conf stays what earlier versions wrote into manifests") {
    val text = Files.readString(Path.of("conf/digits.conf"))
    val config = JobConfigLoader.load(text, "conf/digits.conf", java.util.List.of())
    val files = TestData.files("digits_keras3")
    val planned =
      new PlanBuilder(config, files, path => Array[Byte]()).build(new LocalTrial(files, 1))
    assert(
      new PlanDescription(config, planned).fingerprint ===
        "62bd2795ab39fc868d6cecb467de9b03be33cd709928dfd262ddbfe80f0da894"
    )
  }
}

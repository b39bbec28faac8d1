package layertap.plan

import java.nio.file.{Files, Path}
import layertap.config.JobConfigLoader
import layertap.extract.check.LocalTrial
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** A later run appends only to an output whose plan has the same fingerprint. */
class PlanFingerprintTest extends AnyFunSuite {

  private def fingerprint(overrides: String*): String = {
    val text = Files.readString(Path.of("conf/digits.conf"))
    val config = JobConfigLoader.load(text, "conf/digits.conf", overrides.asJava)
    val files = TestData.files("digits_keras3")
    val planned =
      new PlanBuilder(config, files, path => Array[Byte]()).build(new LocalTrial(files, 1))
    new PlanDescription(config, planned).fingerprint
  }

  test("the fingerprint of conf/digits.conf stays what earlier versions wrote into manifests") {
    assert(
      fingerprint("run.optimize=exact") ===
        "62bd2795ab39fc868d6cecb467de9b03be33cd709928dfd262ddbfe80f0da894"
    )
  }

  test("features of a graph that was rewritten for speed are told from exact ones") {
    assert(fingerprint() === fingerprint("run.optimize=fast"))
    assert(fingerprint() !== fingerprint("run.optimize=exact"))
  }
}

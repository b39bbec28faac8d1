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

  test("the value of a switch is part of it, if a feature needs it") {
    def fingerprint(layer: String, feeds: String*): String = {
      val image = "{ input = image, column = image }"
      val text =
        s"""layertap {
           |model.path = "${TestData.model("tf1_conv")}"
           |input.path = none
           |output.path = none
           |feeds = [${(image +: feeds).mkString(", ")}]
           |features = [{ graph-tensor = "$layer" }]
           |}""".stripMargin
      val config = JobConfigLoader.load(text, "test", java.util.List.of())
      val files = TestData.files("tf1_conv")
      val planned = new PlanBuilder(config, files, _ => Array()).build(new LocalTrial(files, 1))
      new PlanDescription(config, planned).fingerprint
    }
    def switch(value: String) = s"{ graph-tensor = keep_scale, value = $value }"
    val scaled = Seq(Seq(), Seq(switch("1.0")), Seq(switch("2.0")))
    assert(scaled.map(feeds => fingerprint("conv1/scaled", feeds: _*)).distinct.size === 3)
    assert(scaled.map(feeds => fingerprint("conv1/Relu", feeds: _*)).distinct.size === 1)
  }
}

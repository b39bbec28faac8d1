package layertap.config

import layertap.config.ConfigText._
import layertap.config.JobConfig.Feature
import layertap.model.gradient.{GradientForm, ScoreClass}
import layertap.model.select.Selector
import layertap.model.select.Selector.{ByIndex, ByName, GraphTensor, Side}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class GradientParserTest extends AnyFunSuite {

  private def feature(text: String): Feature = loadWith(s"features = [ { $text } ]").features.get(0)

  private def refused(text: String): String =
    problemWith(s"features = [ { $text } ]").stripPrefix(
      "cannot use the configuration: job.conf:5: features[0]"
    )

  private def layer(path: String, call: Int = ByName.ANY, side: Side = Side.OUTPUT): Selector =
    new ByName(path, call, "", side)

  test("a gradient names scores, a class and what it is taken by") {
    val found = feature("gradient { of = dense, class = top, wrt = conv2 }, column = g")
    assert(found.isGradient)
    assert(found.column === "g")
    assert(found.gradient.of === layer("dense"))
    assert(found.gradient.scoreClass === new ScoreClass.Top)
    assert(found.gradient.wrt.asScala === Seq(layer("conv2")))
    assert(found.gradient.form === new GradientForm.Plain)
    assert(!feature("layer = conv2").isGradient)
  }

  test("selectors are strings, numbers and objects; wrt may be a list of them") {
    val found = feature(
      """gradient { of = { layer = dense, at = pre-activation }, wrt = ["proj@0", { layer = "proj@1" }] },
        | column = g""".stripMargin
    ).gradient
    assert(found.of === layer("dense", side = Side.PRE_ACTIVATION))
    assert(found.wrt.asScala === Seq(layer("proj", 0), layer("proj", 1)))
    assert(found.scoreClass === new ScoreClass.Only)
    val other = feature("""gradient { of = -1, wrt = { graph-tensor = "a/b:0" } }, column = g""")
    assert(other.gradient.of === new ByIndex(-1, ByName.ANY, "", Side.OUTPUT))
    assert(other.gradient.wrt.asScala === Seq(new GraphTensor("a/b:0")))
  }

  test("a class is top, a number, or in a column") {
    def scoreClass(text: String) =
      feature(s"gradient { of = a, class = $text, wrt = b }, column = g").gradient.scoreClass
    assert(scoreClass("7") === new ScoreClass.Fixed(7))
    assert(scoreClass("{ column = label }") === new ScoreClass.InColumn("label"))
    assert(
      refused("gradient { of = a, class = bottom, wrt = b }, column = g") ===
        ".gradient.class is 'bottom', not top, a number from 0, or { column = … }"
    )
    assert(
      refused("gradient { of = a, class = -1, wrt = b }, column = g") ===
        ".gradient.class is '-1', not top, a number from 0, or { column = … }"
    )
    assert(
      refused("gradient { of = a, class = { colum = c }, wrt = b }, column = g").contains(
        ".gradient.class.colum is no key of layertap; the nearest is 'column'"
      )
    )
  }

  test("a Grad-CAM may be resized") {
    val found = feature("grad-cam { of = a, class = 0, wrt = b, size = [7, 9] }, column = g")
    assert(found.gradient.form === new GradientForm.GradCam(List[Integer](7, 9).asJava))
    assert(
      refused("grad-cam { of = a, class = 0, wrt = b, size = 7 }, column = g") ===
        ".grad-cam.size is not [height, width]"
    )
    assert(
      refused("grad-cam { of = a, class = 0, wrt = b, size = [7, 0] }, column = g") ===
        ".grad-cam.size holds '0', which is not a number of pixels"
    )
    assert(
      refused("grad-cam { of = a, wrt = b, method = plain }, column = g").startsWith(
        ".grad-cam.method is no key of layertap"
      )
    )
  }

  test("a Grad-CAM is not pooled: the width of a map would be taken for its channels") {
    val map = "grad-cam { of = a, class = 0, wrt = b }, column = g"
    Seq("avg", "max", "first", "last").foreach { pool =>
      assert(
        refused(s"$map, pool = $pool") ===
          ".pool does not go with grad-cam: a map has no channels; leave it out"
      )
    }
    assert(feature(s"$map, pool = none").gradient.form === new GradientForm.GradCam(List().asJava))
  }

  test("integrated gradients have steps and a baseline, others have not") {
    val form =
      feature("gradient { of = a, wrt = b, method = integrated }, column = g").gradient.form
    assert(form === new GradientForm.Integrated(32, 0))
    assert(
      refused("gradient { of = a, wrt = b, steps = 3 }, column = g") ===
        ".gradient.steps goes with method = integrated only"
    )
    assert(
      refused("gradient { of = a, wrt = b, method = integrated, steps = 0 }, column = g") ===
        ".gradient.steps is 0, not a whole number from 1 on"
    )
  }

  test("column, of and wrt are needed; what names a tap does not go with them") {
    assert(refused("gradient { of = a, wrt = b }") === ".column is missing")
    assert(refused("gradient { of = a, wrt = b }, column = \"\"") === ".column is empty")
    assert(refused("gradient { wrt = b }, column = g") === ".gradient.of is missing")
    assert(refused("gradient { of = a }, column = g") === ".gradient.wrt is missing")
    assert(
      refused("gradient { of = a, wrt = [] }, column = g") ===
        ".gradient.wrt is empty; name a layer or an input"
    )
    assert(
      refused("gradient { of = a, wrt = b }, column = g, layer = c") ===
        ".layer does not go with gradient; name the layers with of and wrt in it"
    )
    assert(
      refused("gradient { of = a, wrt = b }, grad-cam { of = a, wrt = b }, column = g") ===
        ".gradient does not go with grad-cam; make two features of them"
    )
    assert(
      refused("""gradient { of = a, wrt = "conv*" }, column = g""") ===
        ".gradient.wrt is 'conv*', which may stand for several layers; name one"
    )
  }
}

package layertap.model.gradient

import java.nio.file.Path
import layertap.failure.UserException
import layertap.model.cut.ModelCutter
import layertap.model.saved.LocalModelFiles
import layertap.model.select.{Selector, SelectorParser, Tap}
import layertap.model.select.SelectorParser.At
import layertap.testing.{Extraction, GradientJob, StoredAnswers, TestData}
import layertap.testing.SameValues.assertSameRows
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Derivatives by layers that hand on what others take, too: `TapeGradientsTest` compares them with
  * those of tf.GradientTape.
  */
class HandedOnGradientsTest extends AnyFunSuite {
  private val keras2 = Path.of("test-data/gradients/handing_keras2")
  private val keras3 = Path.of("test-data/gradients/handing_keras3")

  private def cutter(model: Path) =
    new ModelCutter(TestData.load(new LocalModelFiles(model), StoredAnswers.topology(model)))

  private def selector(text: String, at: At = At.OUTPUT): Selector = SelectorParser.parse(text, at)

  private def taps(cutter: ModelCutter, of: String, wrt: Selector): Seq[Tap] =
    cutter.tapGradient(selector(of), java.util.List.of(wrt)).asScala.toSeq

  private def wrt(model: Path, text: String, at: At = At.OUTPUT): String =
    taps(cutter(model), "last", selector(text, at))(1).tensor.node.replaceAll(".*net[_0-9]*/", "")

  test("an identity of a layer's own is what a derivative is by, its value that of its input") {
    assert(wrt(keras2, "drop@0") === "drop/Identity")
    assert(wrt(keras2, "drop@1") === "drop/Identity_1")
    assert(cutter(keras2).tap(selector("drop@0")).get(0).tensor.node.endsWith("hidden/Tanh"))
    assert(wrt(keras2, "linear") === "drop/Identity", "noise and linear leave none")
    assert(wrt(keras2, "behind", SelectorParser.parseAt("input")) === "drop/Identity")
    assert(wrt(keras2, "inner/inside") === "hidden/Tanh")
    assert(wrt(keras2, "inner/kept") === "inner/kept/Identity")
    assert(wrt(keras2, "entry") === "entry/Identity")
    val of = taps(cutter(keras2), "last", selector("scores"))
    assert(
      of.map(_.tensor.node).map(_.replaceAll(".*net/", "")) ===
        Seq("last/Identity", "scores/BiasAdd")
    )
  }

  test("Keras 3 hands on the tensor itself: of other ways from it a warning tells") {
    val own = cutter(keras3)
    Seq("hidden", "linear", "drop@1", "entry", "scores").foreach(text =>
      taps(own, "last", selector(text))
    )
    assert(
      own.warnings.asScala === Seq(
        "the gradient with respect to 'linear' counts ways that pass the layer by, as in" +
          " tf.GradientTape: the layer hands on the output of 'hidden', which 'beside'," +
          " 'inner/code', 'product', 'sum' take, too",
        "the gradient with respect to 'drop@1' counts ways that pass the layer by, as in" +
          " tf.GradientTape: the layer hands on the output of 'hidden', which 'behind'," +
          " 'inner/code', 'product', 'sum' take, too",
        "the gradient with respect to 'entry' counts ways that pass the layer by, as in" +
          " tf.GradientTape: the layer hands on serving_default_numbers:0, which 'hidden' takes," +
          " too"
      )
    )
  }

  test("calls that nothing tells apart are refused") {
    val refused = intercept[UserException](wrt(keras2, "twins@0")).getMessage
    assert(
      refused ===
        "cannot compute a gradient with respect to 'twins@0': several calls of the layer hand on" +
        " net/sum/add_3:0, and the graph does not show which of them leads where; name 'sum', which" +
        " computes it"
    )
  }

  test("a job: all forms, sums and the values themselves, checked by differences") {
    def gradient(wrt: String, column: String, more: String = "") =
      s"{ gradient { of = last, class = 1, wrt = $wrt, $more }, column = $column }"
    val planned = GradientJob.planned(
      s"""model { path = $keras2, topology = $keras2.topology.json }
         |feeds = [ { input = numbers, column = n } ]
         |features = [
         |  ${gradient("\"drop@0\"", "one")}
         |  ${gradient("\"drop@1\"", "other")}
         |  ${gradient("[\"drop@0\", \"drop@1\"]", "both")}
         |  ${gradient("\"drop@0\"", "times", "method = times-input")}
         |  ${gradient("\"drop@0\"", "integrated", "method = integrated, steps = 4")}
         |  { layer = "drop@0", column = value }
         |  ${gradient("last", "last")}
         |]""".stripMargin
    )
    assert(planned.warnings.asScala === Seq())
    val numbers = StoredAnswers.of(keras2).inputs("numbers")
    val rows =
      GradientJob.run(planned, keras2.toString, (0 to 1).map(i => Seq(GradientJob.row(numbers, i))))
    rows.foreach { row =>
      assert(row.error === "")
      val Seq(one, other, both, times, integrated, value, last) =
        row.features.asScala.map(Extraction.doubles).toSeq
      def sums(a: Array[Double], b: Array[Double])(f: (Double, Double) => Double) =
        Seq(a.zip(b).map { case (x, y) => f(x, y) }.toSeq)
      assert(one.toSeq !== other.toSeq)
      assertSameRows(Seq(sums(one, other)(_ + _)), Seq(Seq(both.toSeq)))
      assertSameRows(Seq(sums(one, value)(_ * _)), Seq(Seq(times.toSeq)))
      assert(integrated.exists(_ != 0))
      assert(last.toSeq === Seq(0.0, 1.0, 0.0))
    }
  }
}

package layertap.model.gradient.build

import java.util.List.{of => list}
import layertap.graph.Graphs._
import layertap.graph.{GraphIndex, OpDefinitions, TensorId}
import layertap.model.cut.CutTap
import layertap.model.gradient.{Derivative, GradientForm, GradientTarget, ScoreClass}
import layertap.model.select.Tap
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef
import scala.jdk.CollectionConverters._

/** What of a graph stays as it is for a derivative. */
class ExactPartTest extends AnyFunSuite {
  private def op(name: String, op: String, inputs: String*): NodeDef =
    node(name, op, inputs: _*).having("T" -> Float32)

  private val before = Seq(
    placeholder("x"),
    op("early", "Relu", "x"),
    op("beside", "Relu", "x"),
    op("wrt", "Relu6", "early")
  )

  /** x ─▶ early ─▶ wrt ─▶ … ─▶ scores ─▶ picked ─▶ score, and back. */
  private def part(between: NodeDef*): Option[Seq[String]] = {
    val nodes = before ++ between ++ Seq(
      node("top", "ArgMax", "scores", "x").having("T" -> Float32),
      node("pick", "OneHot", "top").having("T" -> Float32),
      op("picked", "Mul", "scores", "pick"),
      op("score", "Sum", "picked", "x"),
      op("back", "ReluGrad", "pick", "wrt"),
      op("feature", "Mul", "back", "beside")
    )
    def id(name: String) = new TensorId(name, 0)
    val tap = new CutTap(new Tap("t", "", id("wrt"), "t"), id("wrt"), Float32, shape(-1, 4))
    val target =
      new GradientTarget(tap, new ScoreClass.Top, list(tap), new GradientForm.Plain)
    val derivative =
      new Derivative(target, tap, id("score"), id("pick"), list(id("wrt")), list(id("back")))
    val index = new GraphIndex(graph(nodes: _*), OpDefinitions.registered)
    val found = ExactPart.of(index, derivative, id("feature"))
    if (found.isPresent) Some(found.get.asScala.map(_.node).toSeq.sorted) else None
  }

  test("the tensor stays, and what is computed from it; what comes before and beside may change") {
    assert(
      part(op("scores", "Sigmoid", "wrt")) ===
        Some(Seq("back", "feature", "pick", "scores", "top", "wrt"))
    )
    assert(
      part(op("inner", "MatMul", "wrt", "beside"), op("scores", "AddV2", "inner", "early")) ===
        Some(Seq("back", "feature", "inner", "pick", "scores", "top", "wrt"))
    )
  }

  test("an op on the way whose derivative jumps, or is unknown, leaves all as it is") {
    Seq("Relu", "Relu6", "LeakyRelu", "Selu", "MaxPool", "Maximum", "Abs", "Floor", "SelectV2")
      .foreach { kink =>
        assert(part(op("inner", kink, "wrt"), op("scores", "Sigmoid", "inner")) === None, kink)
      }
  }

  test("a kink beside the way does no harm") {
    assert(part(op("scores", "Mul", "wrt", "beside")).nonEmpty)
  }
}

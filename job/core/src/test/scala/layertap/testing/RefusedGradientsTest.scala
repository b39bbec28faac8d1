package layertap.testing

import layertap.failure.UserException
import layertap.graph.Graphs._
import layertap.graph.differentiate.value.ShapeInference
import layertap.graph.differentiate.{DifferentiableGraph, UnrolledGraph}
import layertap.graph.{RecurrentLoop, TensorId}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.GraphDef

/** On messages as the job gives them. */
class RefusedGradientsTest extends AnyFunSuite {
  private def refused(graph: GraphDef, of: String): String = {
    def ids(name: String) = java.util.List.of(TensorId.parse(name))
    val none = ShapeInference.NONE
    intercept[UserException] {
      val unrolled = UnrolledGraph.of(graph).unrolled(ids(of), ids("x"), none)
      DifferentiableGraph.of(unrolled, ids(of), ids("x"), none)
    }.getMessage
  }

  private def through(ops: String*): String = {
    val names = "x" +: ops.indices.map(i => s"n$i")
    val nodes = ops.zipWithIndex.map { case (op, i) => float(names(i + 1), op, names(i)) }
    refused(graph(placeholder("x") +: nodes: _*), names.last)
  }

  test("a loop of open steps is one that must be, with its lists") {
    val loop = new RecurrentLoop("rnn", keepsAll = true)
    val open = loop.graph.toBuilder
    val at = (0 until open.getNodeCount).find(open.getNode(_).getName == "rnn/i").get
    val message = refused(open.setNode(at, placeholder("rnn/i", Int32)).build, "rnn/while:2")
    assert(
      RefusedGradients.reason(message) === Some(
        "Keras goes round a loop as often as a row says, and notes each step as it runs"
      )
    )
    assert(RefusedGradients.reason(message.replaceAll(" \\(.*\\)", "")) === None)
  }

  test("an op whose derivative is written in Python alone is one, unless beside another") {
    val known = Some("TensorFlow has the derivative in Python alone")
    assert(RefusedGradients.reason(through("Cumprod", "Neg")) === known)
    assert(RefusedGradients.reason(through("Cumprod", "BesselJ0")) === None)
    assert(RefusedGradients.reason(through("BesselJ0")) === None)
  }

  test("a score that a gradient does not reach is not, nor a message of another kind") {
    assert(RefusedGradients.reason(through("StopGradient")) === None)
    assert(
      RefusedGradients.reason("cannot cut the model: TensorFlow has no gradient of Qr 'q'") === None
    )
  }

  test("calls that hand on one tensor are told by the whole message") {
    val message =
      "cannot compute a gradient with respect to 'twins@0': several calls of the layer" +
        " hand on net/sum/add_3:0, and the graph does not show which of them leads where; name" +
        " 'sum', which computes it"
    assert(RefusedGradients.reason(message).isDefined)
    assert(RefusedGradients.reason(message.takeWhile(_ != ',')) === None)
  }
}

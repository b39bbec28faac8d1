package layertap.graph.differentiate

import layertap.failure.UserException
import layertap.graph.Graphs._
import layertap.graph.{TensorId, TensorShape}
import layertap.graph.differentiate.value.ShapeInference
import layertap.model.gradient.GradientRequest
import layertap.tensorflow.{GradientBuilder, TensorFlowRuntime}
import layertap.testing.NativeRun
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, GraphDef}
import scala.jdk.CollectionConverters._

/** Derivatives through an `If` that asks for a size. */
class BranchesTest extends AnyFunSuite {
  private def sized(count: Long): ShapeInference =
    _ => tensor => if (tensor.node == "x") shape(count) else TensorShape.unknown

  private def ids(name: String) = java.util.List.of(TensorId.parse(name))

  // x ─┬▶ Size ─▶ > 2 ─▶ If (3 x or, inside another If, x²) ─▶ Square ─▶ y
  //    └───────────────────▲
  private def whole(op: String): GraphDef = {
    def branch(name: String, thenBranch: String, elseBranch: String, inputs: String*) =
      node(name, op, inputs: _*).having(
        "Tcond" -> DataType.DT_BOOL,
        "Tin" -> Seq(Float32),
        "Tout" -> Seq(Float32),
        "then_branch" -> Func(thenBranch),
        "else_branch" -> Func(elseBranch)
      )
    graph(
      placeholder("x"),
      node("size", "Size", "x").having("T" -> Float32, "out_type" -> Int32),
      intConst("two", 2),
      int("many", "Greater", "size", "two"),
      branch("chosen", "tripled", "inner", "many", "x"),
      float("y", "Square", "chosen")
    ).withFunctions(
      unary("tripled")(const("three", 3), float("m", "Mul", "x", "three:output:0"))("m:z:0"),
      unary("inner")(
        boolConst("never", false),
        branch("b", "tripled", "squared", "never:output:0", "x")
      )("b:output:0"),
      unary("squared")(float("s", "Square", "x"))("s:y:0")
    )
  }

  private def differentiable(graph: GraphDef, shapes: ShapeInference) = {
    val unrolled = UnrolledGraph.of(graph).unrolled(ids("y"), ids("x"), shapes)
    unrolled -> DifferentiableGraph.of(unrolled, ids("y"), ids("x"), shapes)
  }

  private def derivatives(whole: GraphDef, x: Seq[Float]): Seq[Double] = {
    TensorFlowRuntime.start(1)
    val (unrolled, graph) = differentiable(whole, sized(x.size.toLong))
    val seed = float("seed", "OnesLike", unrolled.tensor(TensorId.parse("y")).toString)
    val request =
      new GradientRequest("tape", graph.of.get(0), new TensorId("seed", 0), graph.wrt)
    val scored = NativeRun.model(graph.graph).`with`(java.util.List.of(seed))
    val pass = GradientBuilder.add(scored, java.util.List.of(request))
    val nodes = graph.moved(pass.nodes).asScala :+ seed
    val result = unrolled.graph.toBuilder.addAllNode(nodes.asJava).build
    val found = graph.original(pass.gradients.get(0).get(0))
    // The value too is that of the branch, and nothing runs the other.
    val y = unrolled.tensor(TensorId.parse("y")).toString
    assert(NativeRun(result, y, "x" -> x) === NativeRun(whole, "y", "x" -> x))
    NativeRun(result, found.toString, "x" -> x)
  }

  Seq("If", "StatelessIf").foreach { op =>
    test(s"of an $op the branch is differentiated that the sizes choose, and one within it") {
      assert(derivatives(whole(op), Seq(1f, 2f, -1f)) === Seq(18.0, 36.0, -18.0))
      assert(derivatives(whole(op), Seq(1f, 2f)) === Seq(4.0, 32.0))
    }
  }

  test("one whose condition is not known is refused, and says so") {
    assert(
      intercept[UserException](differentiable(whole("If"), ShapeInference.NONE)).getMessage ===
        "cannot compute the gradient of 'y:0' with respect to 'x:0': TensorFlow has no gradient of" +
        " If 'chosen' (which of its branches runs is not known before a row is read), through" +
        " which it would go; differentiate a layer before, or with respect to one behind"
    )
  }
}

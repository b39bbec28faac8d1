package layertap.graph.check

import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef

class RepeatedMultiplesTest extends AnyFunSuite {
  private val convolution = node("conv", "Conv2D", "x", "w")

  private def areIn(nodes: NodeDef*): Boolean = RepeatedMultiples.areIn(graph(nodes: _*))

  test(
    "two multiples in a row, in whatever order nodes and inputs are, and through what is passed"
  ) {
    Seq("Mul", "RealDiv", "Div").foreach { op =>
      assert(areIn(convolution, node("a", op, "conv", "s"), node("b", "Mul", "t", "a:0")))
      assert(areIn(node("b", op, "t", "a"), node("a", "RealDiv", "conv", "s"), convolution))
    }
    val passed = node("same", "Identity", "a")
    assert(
      areIn(convolution, node("a", "Mul", "conv", "s"), passed, node("b", "Mul", "same", "s"))
    )
  }

  test("one multiple, others of other tensors, or a sum between them") {
    assert(!areIn(convolution, node("a", "Mul", "conv", "s")))
    assert(!areIn(node("a", "Mul", "x", "s"), node("b", "Mul", "a", "s")))
    assert(
      !areIn(
        convolution,
        node("a", "Mul", "conv", "s"),
        node("sum", "AddV2", "a", "t"),
        node("b", "Mul", "sum", "s")
      )
    )
  }

  test("multiples of each other in a circle, as loops have them, are looked at once") {
    assert(!areIn(convolution, node("a", "Identity", "b"), node("b", "Identity", "a", "conv")))
    assert(areIn(convolution, node("a", "Mul", "b", "conv"), node("b", "Mul", "a", "s")))
  }

  test("in a function") {
    val body = Seq(
      convolution,
      node("a", "Mul", "conv:output:0", "s"),
      node("b", "Mul", "a:z:0", "s")
    )
    val declared = reluFunction("f").toBuilder.clearNodeDef
    body.foreach(declared.addNodeDef)
    assert(RepeatedMultiples.areIn(graph(placeholder("x")).withFunctions(declared.build)))
    assert(!RepeatedMultiples.areIn(graph(placeholder("x")).withFunctions(reluFunction("f"))))
  }
}

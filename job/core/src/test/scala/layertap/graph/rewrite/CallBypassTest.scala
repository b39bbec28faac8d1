package layertap.graph.rewrite

import layertap.graph.GraphIndex
import layertap.graph.TensorId
import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.GraphDef
import scala.jdk.CollectionConverters._

class CallBypassTest extends AnyFunSuite {
  private def standIn(name: String, inputs: String*) =
    node(name, "IdentityN", inputs: _*).having("T" -> inputs.map(_ => Float32))

  private def bypassed(source: GraphDef, calls: String*): GraphDef =
    CallBypass
      .of(new GraphIndex(source, ops), calls.map(_ -> "f").toMap.asJava)
      .apply(source)

  // a, b ─▶ call ─:1─▶ y
  test("one output of a call does not need the other") {
    val source = graph(
      placeholder("a"),
      placeholder("b"),
      standIn("call", "a", "b"),
      float("y", "Relu", "call:1")
    )
    val pruned =
      Pruner.prune(
        new GraphIndex(bypassed(source, "call"), ops),
        java.util.List.of(new TensorId("y", 0))
      )
    assert(names(pruned) === Seq("b", "y"))
  }

  // a ─▶ inner ─▶ outer ─▶ y
  test("calls in calls are passed at once") {
    val source = graph(
      placeholder("a"),
      standIn("inner", "a"),
      standIn("outer", "inner"),
      float("y", "Relu", "outer")
    )
    assert(inputs(bypassed(source, "outer", "inner"), "y") === Seq("a"))
  }

  test("an IdentityN that is no call stays") {
    val source = graph(placeholder("a"), standIn("own", "a"), float("y", "Relu", "own"))
    assert(inputs(bypassed(source), "y") === Seq("own"))
  }

  // one ⇄ two ─▶ y
  test("calls that return each other's outputs end somewhere") {
    val source = graph(standIn("one", "two"), standIn("two", "one"), float("y", "Relu", "one"))
    assert(Seq("one", "two").contains(inputs(bypassed(source, "one", "two"), "y").head))
  }
}

package layertap.graph.check

import layertap.graph.GraphIndex
import layertap.graph.TensorId
import layertap.graph.Graphs._
import layertap.graph.check.DroppedEffects.Assignment
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

class DroppedEffectsTest extends AnyFunSuite {
  private def effects(whole: GraphDef, kept: String*): DroppedEffects = {
    val model = new GraphIndex(whole, ops)
    new DroppedEffects(model, java.util.List.of(new TensorId("y", 0)), kept.toSet.asJava)
  }

  private def assertion(name: String, condition: String, data: String): NodeDef =
    node(name, "Assert", condition, data).having("T" -> Seq(Float32))

  private def less(name: String, tensor: String): NodeDef = float(name, "Less", tensor, "limit")

  //  x ─▶ a ─▶ b ─▶ y        limit is a constant that y takes, too
  //       ├─▶ less ─▶ assert_a
  //       └ b ─▶ less ─▶ assert_b
  private val chain = graph(
    placeholder("x"),
    const("limit", 1),
    float("a", "Relu", "x"),
    less("a_less", "a"),
    assertion("assert_a", "a_less", "a"),
    float("b", "Tanh", "a"),
    less("b_less", "b"),
    assertion("assert_b", "b_less", "b"),
    float("y", "AddV2", "b", "limit")
  )

  private def assertions(whole: GraphDef, kept: String*): Seq[String] =
    effects(whole, kept: _*).assertions.asScala.toSeq

  test("an assertion about what is kept is left out, one about what is dropped does not matter") {
    assert(assertions(chain, "x", "a") === Seq("assert_a"))
    assert(assertions(chain, "x", "a", "b", "limit", "y") === Seq("assert_a", "assert_b"))
  }

  test("an assertion that is kept is run") {
    assert(assertions(chain, "x", "a", "limit", "a_less", "assert_a") === Seq())
  }

  test("what is needed by assertions alone does not make them one about a dropped layer") {
    val summed = graph(
      placeholder("x"),
      const("limit", 1),
      float("y", "Relu", "x"),
      float("twice", "AddV2", "x", "x"),
      less("less", "twice"),
      assertion("assert", "less", "twice")
    )
    assert(assertions(summed, "x", "y") === Seq("assert"))
  }

  test("an assertion about an input that is not fed, or about nothing") {
    val other = graph(
      placeholder("x"),
      placeholder("z"),
      const("limit", 1),
      float("y", "Relu", "x"),
      less("less", "z"),
      assertion("assert", "less", "z"),
      boolConst("true", value = true),
      assertion("always", "true", "limit")
    )
    assert(assertions(other, "x", "y") === Seq())
  }

  test("an assertion in a branch, a check for numbers that nothing takes") {
    val guarded = graph(
      placeholder("x"),
      float("y", "Relu", "x"),
      boolConst("flag", value = true),
      node("guard", "If", "flag", "x")
        .having("then_branch" -> Func("asserting"), "else_branch" -> Func("relu")),
      node("check", "CheckNumerics", "y").having("T" -> Float32),
      node("branch", "If", "flag", "x")
        .having("then_branch" -> Func("relu"), "else_branch" -> Func("relu"))
    ).withFunctions(
      unary("asserting")(node("assert", "Assert", "x", "x"))("x"),
      reluFunction("relu")
    )
    assert(assertions(guarded, "x", "y") === Seq("guard", "check"))
  }

  //  v ─▶ read ─▶ y ◀─ x         assign (v, y), in a branch as well; w is not kept
  private val stateful = graph(
    placeholder("x"),
    handle("v"),
    handle("w"),
    identity("handed_on", "v").having("T" -> Resource),
    read("read", "v"),
    float("y", "AddV2", "read", "x"),
    node("assign", "AssignVariableOp", "handed_on", "y").having("dtype" -> Float32),
    node("add", "AssignAddVariableOp", "w", "y").having("dtype" -> Float32),
    boolConst("flag", value = true),
    node("branch", "If", "flag", "v", "y")
      .having("then_branch" -> Func("assigning"), "else_branch" -> Func("assigning"))
  ).withFunctions(
    function("assigning", "v" -> Resource, "x" -> Float32)(
      node("assign", "AssignVariableOp", "v", "x").having("dtype" -> Float32)
    )("y" -> Float32 -> "x")
  )

  test("assignments to variables that are kept, of any other no word") {
    assert(
      effects(stateful, "x", "v", "read", "y").assignments.asScala ===
        Seq(new Assignment("assign", "v"), new Assignment("branch", "v"))
    )
    assert(effects(stateful, "x").assignments.isEmpty)
  }
}

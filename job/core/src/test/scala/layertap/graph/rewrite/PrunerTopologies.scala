package layertap.graph.rewrite

import layertap.graph.Graphs._
import org.tensorflow.proto.{FunctionDef, GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

/** Functions of a float `x` and a variable's handle `v`, and what their output `y` needs. */
object PrunerTopologies {

  /** A function; the control edges that pruning keeps, and the nodes that it drops. */
  final case class Topology(name: String, controls: Set[(String, String)], dropped: Set[String])(
      val nodes: NodeDef*
  )

  // x ─▶ trunk ─▶ y
  //          └──▶ other
  val heads: Topology = Topology("what y does not need", Set(), Set("other"))(
    float("trunk", "Relu", "x"),
    float("y", "Relu", "trunk:activations:0"),
    float("other", "Tanh", "trunk:activations:0")
  )

  // v ─▶ read ┄▶ NoOp ┄▶ y ◀─ x
  val keptAlive: Topology =
    Topology("reads that are only kept alive", Set(), Set("read", "NoOp"))(
      read("read", "v"),
      node("NoOp", "NoOp", "^read"),
      float("y", "Relu", "x", "^NoOp")
    )

  private val assign = node("assign", "AssignVariableOp", "v", "x").having("dtype" -> Float32)

  // v, x ─▶ assign ┄▶ read ─▶ y
  val assigned: Topology = Topology("a read after an assignment", Set("read" -> "assign"), Set())(
    assign,
    read("read", "v").toBuilder.addInput("^assign").build,
    float("y", "Relu", "read:value:0")
  )

  private val condition = node("true", "Const").having("dtype" -> Bool)

  // true, x ─▶ assert ┄▶ y ◀─ x
  val asserted: Topology = Topology("a value after an assertion", Set("y" -> "assert"), Set())(
    condition,
    node("assert", "Assert", "true:output:0", "x").having("T" -> Seq(Float32)),
    float("y", "Relu", "x", "^assert")
  )

  // true, x ─▶ If (asserting) ─▶ guard ┄▶ y ◀─ x
  val guarded: Topology =
    Topology("a value after a branch that asserts", Set("y" -> "guard"), Set())(
      condition,
      node("If", "If", "true:output:0", "x").having(
        "Tcond" -> Bool,
        "Tin" -> Seq(Float32),
        "Tout" -> Seq(Float32),
        "then_branch" -> Func("asserting"),
        "else_branch" -> Func("relu")
      ),
      identity("guard", "If:output:0"),
      float("y", "Relu", "x", "^guard")
    )

  private val twenty = (1 to 20).map(i => s"NoOp$i")

  // v, x ─▶ assign ┄▶ NoOp1 ┄▶ … ┄▶ NoOp20 ┄▶ y ◀─ x
  val grouped: Topology =
    Topology(
      "a group of groups with an assignment",
      (twenty :+ "y").zip("assign" +: twenty).toSet,
      Set()
    )(
      Seq(assign, float("y", "Relu", "x", s"^${twenty.last}")) ++
        twenty.zip("assign" +: twenty).map { case (group, one) =>
          node(group, "NoOp", s"^$one")
        }: _*
    )

  private val pairs = (1 to 60).map(i => Seq(s"left$i", s"right$i"))

  // v ─▶ read ┄▶ left1, right1 ┄▶ left2, right2 ┄▶ … ┄▶ y ◀─ x      each waits for both before it
  val doubling: Topology =
    Topology("groups in which ways double", Set(), pairs.flatten.toSet + "read")(
      Seq(read("read", "v"), float("y", "Relu", "x", "^left60", "^right60")) ++
        pairs.zip(Seq("read") +: pairs).flatMap { case (pair, before) =>
          pair.map(node(_, "NoOp", before.map("^" + _): _*))
        }: _*
    )

  val all: Seq[Topology] = Seq(heads, keptAlive, assigned, asserted, guarded, grouped, doubling)

  private val callsF = call("call", "f", "x", "v").having("Tin" -> Seq(Float32, Resource))

  private def called(name: String)(nodes: NodeDef*)(y: String): FunctionDef =
    function(name, "x" -> Float32, "v" -> Resource)(nodes: _*)("out" -> Float32 -> y)

  /** x, v ─▶ call (f) */
  def atTop(topology: Topology): GraphDef =
    graph(placeholder("x"), handle("v"), callsF).withFunctions(
      called("f")(topology.nodes: _*)("y:activations:0"),
      unary("asserting")(node("assert", "Assert", "x", "x"), identity("id", "x", "^assert"))(
        "id:output:0"
      ),
      reluFunction("relu")
    )

  /** x, v ─▶ call (g: x ─▶ before ─▶ call (f)) */
  def inFunction(topology: Topology): GraphDef = {
    val g = called("g")(
      float("before", "Relu", "x"),
      callsF.toBuilder.setInput(0, "before:activations:0").build
    )("call:output:0")
    val functions = atTop(topology).getLibrary.getFunctionList.asScala.toSeq
    graph(placeholder("x"), handle("v"), callsF.having("f" -> Func("g")))
      .withFunctions(g +: functions: _*)
  }
}

package layertap.graph.rewrite

import layertap.graph.{NodeDefs, TensorId, TensorShape}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, NodeDef}
import scala.jdk.CollectionConverters._

/** In which order results of streamed values are computed, and what is freed when. */
class ComputedOnceTest extends AnyFunSuite {
  private val float = DataType.DT_FLOAT
  private val nodes = new NodeDefs("")

  private def streamed(name: String): TensorId = {
    val handle = nodes
      .node("VarHandleOp", s"$name/handle")
      .attribute("dtype", float)
      .attribute("shape", TensorShape.unknown)
      .add()
    nodes.node("ReadVariableOp", name, handle).attribute("dtype", float).add()
  }

  private def op(op: String, name: String, inputs: TensorId*): TensorId =
    nodes.node(op, name, inputs: _*).attribute("T", float).add()

  // A result that takes another one stands before it in the graph.
  private val x = nodes.node("Placeholder", "x").attribute("dtype", float).add()
  private val (a, b, c) = (streamed("a"), streamed("b"), streamed("c"))
  op("Mul", "twice", new TensorId("scaled", 0), b)
  private val wide = op("ExpandDims", "wide", a, nodes.scalar("axis", 0))
  op("Mul", "scaled", wide, nodes.scalar("two", 2f))
  op("MatMul", "first", x, new TensorId("scaled", 0))
  op("MatMul", "second", x, new TensorId("twice", 0))
  op("Sqrt", "root", c)
  op("MatMul", "third", x, new TensorId("root", 0))
  op("MatMul", "fourth", x, c)
  // A move brings one to a result and to a run, another one is fetched, and a result is moved.
  private val (d, e) = (streamed("d"), streamed("e"))
  private val (moved, fetched) = (op("Identity", "moved", d), op("Identity", "fetched", e))
  op("MatMul", "fifth", op("Sqrt", "root_of_d", moved), moved)
  private val doubled = op("Mul", "doubled", fetched, fetched)
  op("MatMul", "sixth", doubled, op("ExpandDims", "wider", doubled, nodes.scalar("front", 0)))

  private val once =
    new ComputedOnce(nodes.toGraph, Set("a", "b", "c", "d", "e").asJava, Set("fetched").asJava)

  test("a result is computed after those that it takes, and values go with their last taker") {
    assert(
      once.targets.asScala === Seq(
        "scaled/layertap_computed/layertap_assignment",
        "a/handle/layertap_release",
        "twice/layertap_computed/layertap_assignment",
        "b/handle/layertap_release",
        // c is also taken as it is.
        "root/layertap_computed/layertap_assignment",
        // So are d and e, by what moves them.
        "root_of_d/layertap_computed/layertap_assignment",
        "doubled/layertap_computed/layertap_assignment"
      )
    )
  }

  test("whoever took a result reads a variable of its name") {
    val found = once.graph.getNodeList.asScala.map(node => node.getName -> node).toMap
    def inputs(node: NodeDef) = node.getInputList.asScala.toSeq
    assert(found("scaled").getOp === "ReadVariableOp")
    assert(inputs(found("scaled")) === Seq("scaled/layertap_computed"))
    assert(inputs(found("first")) === Seq("x", "scaled"))
    assert(found("twice/layertap_computing").getOp === "Mul")
    assert(inputs(found("twice/layertap_computing")) === Seq("scaled", "b"))
    assert(inputs(found("fourth")) === Seq("x", "c"))
  }

  test("a graph without such results stays as it is") {
    val plain = new NodeDefs("")
    val value = plain.node("ReadVariableOp", "v", plain.node("VarHandleOp", "h").add()).add()
    plain.node("Identity", "same", value).attribute("T", float).add()
    val unchanged = new ComputedOnce(plain.toGraph, Set("v").asJava, Set.empty[String].asJava)
    assert(unchanged.targets.isEmpty)
    assert(unchanged.graph === plain.toGraph)
  }
}

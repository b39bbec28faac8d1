package layertap.model.restore

import layertap.graph.GraphIndex
import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef
import scala.jdk.CollectionConverters._

class VariableCopiesTest extends AnyFunSuite {
  private def copies(nodes: NodeDef*): Map[String, String] =
    VariableCopies.of(new GraphIndex(graph(nodes: _*), ops)).asScala.toMap

  private def assign(name: String, handle: String, value: String): NodeDef =
    node(name, "AssignVariableOp", handle, value).having("dtype" -> Float32)

  private val variables = Seq(handle("kernel"), handle("copy"), read("read", "kernel"))

  // kernel ─▶ read ─▶ assign ◀─ copy
  test("a variable that is assigned the value of another is its copy") {
    assert(copies(variables :+ assign("assign", "copy", "read"): _*) === Map("kernel" -> "copy"))
  }

  test("also behind identities") {
    val nodes = Seq(identity("same", "read"), assign("assign", "copy", "same"))
    assert(copies(variables ++ nodes: _*) === Map("kernel" -> "copy"))
  }

  test("of two copies neither is taken") {
    val nodes =
      Seq(handle("other"), assign("one", "copy", "read"), assign("two", "other", "read"))
    assert(copies(variables ++ nodes: _*) === Map())
  }

  // kernel ─▶ read ─▶ Neg ─▶ assign ◀─ copy
  test("a variable of another value is no copy") {
    val nodes = Seq(float("negative", "Neg", "read"), assign("assign", "copy", "negative"))
    assert(copies(variables ++ nodes: _*) === Map())
    assert(copies(variables ++ Seq(const("one", 1), assign("a", "copy", "one")): _*) === Map())
  }

  test("a value that no variable takes is no copy") {
    assert(copies(variables: _*) === Map())
    assert(copies(variables ++ Seq(placeholder("p"), assign("a", "p", "read")): _*) === Map())
  }
}

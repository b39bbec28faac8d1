package layertap.model.layers.flow

import layertap.model.layers.TracedModel
import layertap.graph.Graphs._
import layertap.model.layers.TracedModel.keras
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef
import scala.jdk.CollectionConverters._
import scala.jdk.OptionConverters._

class MergeOperandsTest extends AnyFunSuite {
  private def operands(className: String)(nodes: NodeDef*): Option[Seq[String]] = {
    val inputs = Seq("a", "b", "c").map(placeholder(_))
    val traced = TracedModel.keras3(nodes.last.getName)(inputs ++ nodes: _*)
    val found = traced.callTensors.operands(traced.traced("m_1/l_1"), keras("l", className)())
    found.toScala.map(_.asScala.map(_.node).toSeq)
  }

  private def op(name: String, op: String, inputs: String*): NodeDef =
    float(s"m_1/l_1/$name", op, inputs: _*)

  test("a chain of ops takes one input after the other, some twice") {
    assert(
      operands("Add")(op("one", "AddV2", "b", "a"), op("two", "AddV2", "m_1/l_1/one", "b")) ===
        Some(Seq("b", "a", "b"))
    )
    assert(operands("Subtract")(op("one", "Sub", "a", "a")) === Some(Seq("a", "a")))
  }

  test("one op takes them all") {
    val concat = node("m_1/l_1/concat", "ConcatV2", "c", "a", "b", "m_1/l_1/axis")
      .having("T" -> Float32, "N" -> 3, "Tidx" -> Int32)
    assert(
      operands("Concatenate")(intConst("m_1/l_1/axis", 1), concat) === Some(Seq("c", "a", "b"))
    )
  }

  test("ops that are no merge tell nothing") {
    assert(operands("Add")(op("one", "AddV2", "a", "b"), op("two", "Mul", "c", "c")) === None)
    assert(operands("Add")(op("one", "Relu", "a"), op("two", "AddV2", "m_1/l_1/one", "b")) === None)
    assert(
      operands("Add")(op("one", "AddV2", "a", "b"), op("two", "AddV2", "c", "m_1/l_1/one")) === None
    )
  }

  test("a layer that does not merge tells nothing") {
    assert(operands("Dense")(op("one", "AddV2", "a", "b")) === None)
  }
}

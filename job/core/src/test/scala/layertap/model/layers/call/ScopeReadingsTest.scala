package layertap.model.layers.call

import layertap.model.layers.TracedModel
import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef
import scala.jdk.CollectionConverters._

class ScopeReadingsTest extends AnyFunSuite {
  private class Read(model: TracedModel, scope: String) {
    private val readings = new ScopeReadings(model.flow, model.scopes, model.callTensors)
    private val traced = model.traced(scope)

    def exits: Seq[String] = readings.exits(traced).asScala.map(_.node).toSeq
    def entries: Seq[String] = readings.entries(traced).asScala.map(_.node).toSeq
    def isOneCall: Boolean = readings.isOneCall(traced)
  }

  private def chain(names: (String, String)*): Seq[NodeDef] =
    names.scanLeft(placeholder("x")) { case (before, (name, op)) =>
      float(name, op, before.getName)
    }

  // x ─▶ Conv/Conv2D ─▶ Conv/bn/Norm ─▶ y
  test("a scope in a scope is a part of the layer, or a layer after it") {
    val nodes = chain("m/Conv/Conv2D" -> "Tanh", "m/Conv/bn/Norm" -> "Relu", "m/y/Neg" -> "Neg")
    val read = new Read(TracedModel.keras2("m/y/Neg")(nodes: _*), "m/Conv")
    assert(read.exits.toSet === Set("m/Conv/Conv2D", "m/Conv/bn/Norm"))
    assert(read.entries === Seq("x"))
  }

  // x ─▶ Conv/bn/Norm ─▶ Conv/Conv2D ─▶ y
  test("or one before it") {
    val nodes = chain("m/Conv/bn/Norm" -> "Relu", "m/Conv/Conv2D" -> "Tanh", "m/y/Neg" -> "Neg")
    val read = new Read(TracedModel.keras2("m/y/Neg")(nodes: _*), "m/Conv")
    assert(read.exits === Seq("m/Conv/Conv2D"))
    assert(read.entries.toSet === Set("x", "m/Conv/bn/Norm"))
  }

  // x ─▶ Conv/One ─▶ Conv/bn/Norm ─▶ Conv/Two ─▶ y
  test("what comes back to the layer never left it") {
    val nodes = chain(
      "m/Conv/One" -> "Tanh",
      "m/Conv/bn/Norm" -> "Relu",
      "m/Conv/Two" -> "Neg",
      "m/y/Neg" -> "Neg"
    )
    val read = new Read(TracedModel.keras2("m/y/Neg")(nodes: _*), "m/Conv")
    assert((read.exits, read.entries) === ((Seq("m/Conv/Two"), Seq("x"))))
  }

  test("in Keras 3 a scope in a scope is always a part") {
    val nodes =
      chain("m_1/Conv_1/Conv2D" -> "Tanh", "m_1/Conv_1/bn_1/Norm" -> "Relu", "m_1/y_1/Neg" -> "Neg")
    val read = new Read(TracedModel.keras3("m_1/y_1/Neg")(nodes: _*), "m_1/Conv_1")
    assert((read.exits, read.entries) === ((Seq("m_1/Conv_1/bn_1/Norm"), Seq("x"))))
  }

  test("calls of Keras 2 that follow each other look like one") {
    val nodes = chain("m/act/Relu" -> "Relu", "m/act/Relu_1" -> "Relu", "m/y/Neg" -> "Neg")
    val read = new Read(TracedModel.keras2("m/y/Neg")(nodes: _*), "m/act")
    assert(!read.isOneCall)
    assert(read.exits.toSet === Set("m/act/Relu", "m/act/Relu_1"))
    assert(read.entries.toSet === Set("x", "m/act/Relu"))
  }

  test("calls of Keras 3 have scopes of their own") {
    val nodes = chain("m_1/act_1/Relu" -> "Relu", "m_1/act_1/Relu_1" -> "Relu")
    val read = new Read(TracedModel.keras3("m_1/act_1/Relu_1")(nodes: _*), "m_1/act_1")
    assert(read.isOneCall)
    assert(read.exits === Seq("m_1/act_1/Relu_1"))
  }
}

package layertap.model.layers.flow

import layertap.model.layers.Region
import layertap.graph.Graphs._
import layertap.graph.GraphIndex
import layertap.graph.TensorId
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef

/** {{{x ─▶ before ─▶ [ MatMul ◀─ w, BiasAdd ◀─ b, … ] }}} The layer is what is named `layer/…`. */
class PreActivationTest extends AnyFunSuite {
  private val linear = Seq(
    placeholder("x"),
    float("before", "Relu", "x"),
    handle("w", 3, 3),
    handle("b", 3),
    read("layer/w", "w"),
    read("layer/b", "b"),
    float("layer/MatMul", "MatMul", "before", "layer/w"),
    float("layer/BiasAdd", "BiasAdd", "layer/MatMul", "layer/b")
  )

  private def found(output: String, nodes: NodeDef*): Option[String] = {
    val index = new GraphIndex(graph(linear ++ nodes: _*), ops)
    val inside =
      (0 until index.size).filter(i => index.node(i).getName.startsWith("layer/")).toArray
    val tensor = new PreActivation(index).find(new Region(inside), new TensorId(output, 0))
    if (tensor.isPresent) Some(tensor.get.toString) else None
  }

  test("an activation of one op") {
    assert(
      found("layer/Relu", float("layer/Relu", "Relu", "layer/BiasAdd")) === Some("layer/BiasAdd:0")
    )
  }

  // BiasAdd ─▶ Sigmoid ─▶ Mul
  //       └──────────────▲
  test("an activation of several ops") {
    val swish = found(
      "layer/Mul",
      float("layer/Sigmoid", "Sigmoid", "layer/BiasAdd"),
      float("layer/Mul", "Mul", "layer/BiasAdd", "layer/Sigmoid")
    )
    assert(swish === Some("layer/BiasAdd:0"))
  }

  test("a layer without a bias") {
    assert(
      found("layer/Relu", float("layer/Relu", "Relu", "layer/MatMul")) === Some("layer/MatMul:0")
    )
  }

  test("a change of shape before the activation") {
    val reshaped = found(
      "layer/Relu",
      intConst("layer/shape", 3, 1),
      float("layer/Reshape", "Reshape", "layer/BiasAdd", "layer/shape"),
      float("layer/Relu", "Relu", "layer/Reshape")
    )
    assert(reshaped === Some("layer/Reshape:0"))
  }

  test("no activation") {
    assert(found("layer/BiasAdd") === None)
    assert(found("layer/out", identity("layer/out", "layer/BiasAdd")) === None)
  }

  test("an activation with weights of its own is none that is fused") {
    val scaled = found(
      "layer/Mul",
      float("layer/Relu", "Relu", "layer/BiasAdd"),
      float("layer/Mul", "Mul", "layer/Relu", "layer/w")
    )
    assert(scaled === None)
  }

  test("an output that takes more than the weighted value") {
    val residual = found(
      "layer/Add",
      float("layer/Relu", "Relu", "layer/BiasAdd"),
      float("layer/Add", "AddV2", "layer/Relu", "before")
    )
    assert(residual === None)
  }

  test("a layer without weights") {
    val index = new GraphIndex(graph(linear: _*), ops)
    val before = new Region(Array(index.require("before")))
    assert(new PreActivation(index).find(before, new TensorId("before", 0)).isEmpty)
  }
}

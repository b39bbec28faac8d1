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

  // before ─▶ MatMul ◀─ q        before · q ∕ (largest · scale), with a gradient of its own
  //    └────▶ Mul ◀─ scale │
  //            └──▶ RealDiv ◀─ Cast
  private val quantized = Seq(
    handle("q", 3, 3),
    read("layer/q", "q"),
    handle("scale", 3),
    read("layer/scale", "scale"),
    node("layer/Round", "Cast", "before").having("SrcT" -> Float32, "DstT" -> Int32),
    node("layer/Product", "MatMul", "layer/Round", "layer/q").having("T" -> Int32),
    float("layer/Scales", "Mul", "before", "layer/scale"),
    node("layer/Cast", "Cast", "layer/Product").having("SrcT" -> Int32, "DstT" -> Float32),
    float("layer/Divided", "RealDiv", "layer/Cast", "layer/Scales"),
    node("layer/Own", "IdentityN", "layer/Divided", "before", "layer/scale")
      .having("T" -> Seq(Float32, Float32, Float32))
  )

  test("quantized weights, after the division by their scales") {
    val relu = float("layer/Relu", "Relu", "layer/Own")
    assert(found("layer/Relu", quantized :+ relu: _*) === Some("layer/Divided:0"))
    val divided = float("layer/Softsign", "RealDiv", "layer/Own", "layer/Own")
    assert(found("layer/Softsign", quantized :+ divided: _*) === Some("layer/Divided:0"))
    assert(found("layer/Own", quantized: _*) === None)
  }

  test("quantized weights and a bias") {
    val biased = quantized ++ Seq(
      float("layer/Biased", "BiasAdd", "layer/Own", "layer/b"),
      float("layer/Softsign", "RealDiv", "layer/Biased", "layer/Biased")
    )
    assert(found("layer/Softsign", biased: _*) === Some("layer/Biased:0"))
  }

  test("what an activation takes of the layer's input beside, by an op that hands both on") {
    val gated = float("layer/Gated", "Mul", "layer/Own", "layer/Own:1")
    assert(found("layer/Gated", quantized :+ gated: _*) === None)
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

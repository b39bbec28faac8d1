package layertap.graph.precision

import layertap.graph.{NodeDefs, TensorId, TensorShape}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

/** Which nodes compute in fewer bits, and where values are converted. */
class BFloat16RewriteTest extends AnyFunSuite {
  private val float = DataType.DT_FLOAT

  /** {{{x ─ MatMul product ─ BiasAdd biased ─ Relu active ─ Softmax chances}}} */
  private class Net {
    val nodes = new NodeDefs("")
    val x: TensorId = nodes
      .node("Placeholder", "x")
      .attribute("dtype", float)
      .attribute("shape", TensorShape.of(java.util.List.of(Long.box(-1), Long.box(2))))
      .add()
    val weights: TensorId = nodes.node("Const", "weights").attribute("dtype", float).add()
    val product: TensorId =
      nodes.node("MatMul", "product", x, weights).attribute("T", float).add()
    val bias: TensorId = nodes.vector("bias", 1f, 2f)
    val biased: TensorId =
      nodes.node("BiasAdd", "biased", product, bias).attribute("T", float).add()
    val active: TensorId = nodes.node("Relu", "active", biased).attribute("T", float).add()
    val chances: TensorId = nodes.node("Softmax", "chances", active).attribute("T", float).add()

    def rewritten(kept: String*): Map[String, NodeDef] =
      byName(BFloat16Rewrite.rewrite(nodes.toGraph, kept.toSet.asJava))
  }

  private def byName(graph: GraphDef) =
    graph.getNodeList.asScala.map(node => node.getName -> node).toMap

  private def inputs(node: NodeDef) = node.getInputList.asScala.toSeq

  private val reduced = "/layertap_bfloat16"

  test("a product and what follows it take bfloat16, softmax and fed values stay float32") {
    val found = new Net().rewritten("chances")
    Seq("product", "biased", "active").foreach { name =>
      assert(found(name + reduced).getAttrOrThrow("T").getType === DataType.DT_BFLOAT16)
    }
    assert(
      inputs(found("product" + reduced)) === Seq(
        "x/layertap_to_bfloat16_0",
        "weights/layertap_to_bfloat16_0"
      )
    )
    assert(inputs(found("active" + reduced)) === Seq("biased" + reduced))
    assert(found("chances").getAttrOrThrow("T").getType === float)
    assert(found("active").getOp === "Cast")
    assert(inputs(found("active")) === Seq("active" + reduced))
    assert(!found.contains("product"))
    assert(!found.contains("biased"))
  }

  test("what is fetched has a float32 of its name, and what follows still takes fewer bits") {
    val found = new Net().rewritten("biased")
    assert(found("biased").getOp === "Cast")
    assert(found("biased").getAttrOrThrow("DstT").getType === float)
    assert(inputs(found("active" + reduced)) === Seq("biased" + reduced))
  }

  test("a sum with a tensor that stays float32 stays, too") {
    val net = new Net
    net.nodes.node("AddV2", "sum", net.active, net.chances).attribute("T", float).add()
    net.nodes.node("AddV2", "double", net.active, net.product).attribute("T", float).add()
    val found = net.rewritten()
    assert(found("sum").getAttrOrThrow("T").getType === float)
    assert(inputs(found("sum")) === Seq("active", "chances"))
    assert(found("double" + reduced).getOp === "AddV2")
  }

  test("a shift that is made of a variance is a constant like any other") {
    val net = new Net
    val deviation = net.nodes.node("Sqrt", "deviation", net.bias).attribute("T", float).add()
    val inverse = net.nodes.node("Rsqrt", "inverse", net.bias).attribute("T", float).add()
    val ratio = net.nodes.node("RealDiv", "ratio", inverse, deviation).attribute("T", float).add()
    val shift = net.nodes.node("Neg", "shift", ratio).attribute("T", float).add()
    net.nodes.node("BiasAdd", "shifted", net.product, shift).attribute("T", float).add()
    val ofValues = net.nodes.node("Rsqrt", "of_values", net.active).attribute("T", float).add()
    net.nodes.node("Mul", "scaled", net.active, ofValues).attribute("T", float).add()
    val found = net.rewritten()
    assert(inputs(found("shifted" + reduced)).last === "shift/layertap_to_bfloat16_0")
    assert(found("shift").getAttrOrThrow("T").getType === float)
    assert(inputs(found("of_values")) === Seq("active"))
    assert(inputs(found("scaled")) === Seq("active", "of_values"))
  }

  test("sizes and axes are no values, and a control edge holds on to a node") {
    val net = new Net
    val size = net.nodes.vector("size", -1, 1, 2)
    net.nodes
      .node("Reshape", "shaped", net.active, size)
      .attribute("T", float)
      .attribute("Tshape", DataType.DT_INT32)
      .add()
    val graph = net.nodes.toGraph.toBuilder
    graph.addNode(NodeDef.newBuilder.setName("after").setOp("NoOp").addInput("^biased"))
    val found = byName(BFloat16Rewrite.rewrite(graph.build, java.util.Set.of()))
    assert(inputs(found("shaped" + reduced)) === Seq("active" + reduced, "size"))
    assert(found("biased").getOp === "Cast")
  }

  test("products of other types, and of constants alone, are none") {
    val nodes = new NodeDefs("")
    val one = nodes.node("Const", "one").attribute("dtype", float).add()
    nodes.node("MatMul", "constant", one, one).attribute("T", float).add()
    val x = nodes.node("Placeholder", "x").attribute("dtype", DataType.DT_DOUBLE).add()
    nodes.node("MatMul", "double", x, x).attribute("T", DataType.DT_DOUBLE).add()
    val graph = nodes.toGraph
    assert(BFloat16Rewrite.rewrite(graph, java.util.Set.of()) eq graph)
  }
}

package layertap.graph.detour

import java.util.{List => JavaList}
import layertap.graph.Graphs._
import layertap.graph.TensorId
import layertap.graph.optimize.OptimizedGraphs
import org.tensorflow.proto.{GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

/** What runs for numbers of which kernels that run activations make others. */
class DetoursTest extends OptimizedGraphs {
  private def activated(last: NodeDef*): Seq[NodeDef] = normalized.dropRight(1) ++ last

  private def marked(nodes: Seq[NodeDef]): GraphDef =
    Detours.marked(optimize(graph(nodes: _*), Set("x", "relu")))

  private val three = vector("three", 3f)
  private val sixth = vector("sixth", 1f / 6)

  private val activations: Seq[Seq[NodeDef]] = Seq("Relu", "Relu6", "Elu", "LeakyRelu")
    .map(name => Seq(op("relu", name, "add"))) ++ Seq(
    Seq(op("gate", "Sigmoid", "add"), op("relu", "Mul", "add", "gate")),
    Seq(
      op("plus", "Softplus", "add"),
      op("gate", "Tanh", "plus"),
      op("relu", "Mul", "add", "gate")
    ),
    Seq(
      three,
      sixth,
      op("sum", "AddV2", "add", "three"),
      op("gate", "Relu6", "sum"),
      op("part", "Mul", "gate", "sixth"),
      op("relu", "Mul", "add", "part")
    )
  )

  test("numbers that are not ordinary come out as the ops by themselves give them") {
    for {
      activation <- activations
      nodes <- Seq(activated(activation: _*), depthwise(activated(activation: _*), 3, 3))
      others <- Seq(Seq(Float.NaN, Float.PositiveInfinity), Seq(1e38f, 1e30f))
    } {
      val fed = values(fedSizes: _*).toArray
      // One in each row.
      others.zipWithIndex.foreach { case (other, row) => fed(7 + row * fed.length / 2) = other }
      val expected = run(graph(nodes: _*), "relu", fed)
      val found = run(marked(nodes), "relu", fed)
      val clue = (activation.last.getOp, nodes(4).getOp, others)
      assert(found.map(_.isNaN) === expected.map(_.isNaN), clue)
      assert(expected.exists(_.isNaN) || !others.head.isNaN, clue)
      found.zip(expected).filterNot(_._2.isNaN).foreach { case (a, b) =>
        assert(a == b || math.abs(a - b) <= 1e-5 * math.max(1, math.abs(b)), clue)
      }
    }
  }

  private def fusedConvolution(name: String, input: String): NodeDef =
    marked(normalized).getNodeList.asScala
      .find(_.getName == "relu")
      .get
      .toBuilder
      .setName(name)
      .setInput(0, input)
      .build

  test("a detour goes around the convolution and all that is behind it, and nothing else") {
    val nodes = marked(normalized).getNodeList.asScala.filterNot(_.getName == "relu").toSeq ++ Seq(
      op("before", "Neg", "x"),
      fusedConvolution("1", "before"),
      node("parts", "Split", "axis", "1").having("T" -> Float32, "num_split" -> 2),
      intConst("axis", 3),
      op("sum", "AddV2", "parts:1", "1:0"),
      op("late", "Identity", "before").toBuilder.addInput("^sum").build
    )
    val detours = new Detours(graph(nodes: _*))
    val whole = detours.in(graph(nodes: _*))
    val added = names(whole).drop(nodes.size)
    val expected = Seq("1", "parts", "sum", "late").map(_ + "/layertap_detour")
    assert(added.toSet === expected.toSet + "1/layertap_detour/BiasAdd")
    assert(
      inputs(whole, "sum/layertap_detour") ===
        Seq("parts/layertap_detour:1", "1/layertap_detour:0")
    )
    assert(inputs(whole, "late/layertap_detour") === Seq("before", "^sum/layertap_detour"))
    assert(inputs(whole, "1/layertap_detour/BiasAdd").head === "before")
    assert(find(whole, "1/layertap_detour").getOp === "Relu6")
    val fetches = Seq("before:0", "parts:1", "1:0").map(TensorId.parse)
    val around = detours.to(fetches.asJava).asScala.map(_.toString)
    assert(around === Seq("before:0", "parts/layertap_detour:1", "1/layertap_detour:0"))
  }

  test("without such convolutions there is nothing to go around") {
    val plain = graph(normalized: _*)
    assert(Detours.marked(plain) eq plain)
    val biased = optimize(plain, Set("x", "add", "relu"))
    assert(find(biased, "add").getOp === "_FusedConv2D")
    assert(Detours.marked(biased) eq biased)
    val none = new Detours(biased)
    assert(none.isEmpty)
    assert(none.in(biased) eq biased)
    val fetches = JavaList.of(TensorId.parse("relu:0"))
    assert(none.to(fetches) === fetches)
  }
}

package layertap.graph.optimize

import java.util.{List => JavaList, Map => JavaMap}
import layertap.graph.Graphs._
import layertap.graph.{TensorId, TensorShape}
import layertap.model.cut.RunnableGraph
import layertap.tensor.HostTensor
import layertap.tensorflow.GraphSession
import layertap.tensorflow.TensorFlowRuntime
import layertap.testing.MemoryFiles
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, GraphDef, NodeDef}
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Graphs of a convolution and what follows it, and what optimizing them changes. */
trait OptimizedGraphs extends AnyFunSuite {
  protected val random = new Random(7)
  protected val channels = 4

  /** The shape of what is fed. */
  protected def fedSizes: Seq[Long] = Seq(2, 6, 6, channels.toLong)

  protected def values(sizes: Long*): Seq[Float] =
    Seq.fill(sizes.product.toInt)(random.nextFloat() * 2 - 1)

  protected def weights(name: String, sizes: Long*): NodeDef =
    node(name, "Const").having(
      "dtype" -> Float32,
      "value" -> tensor(sizes: _*)(values(sizes: _*): _*)
    )

  protected def vector(name: String, of: Float*): NodeDef =
    node(name, "Const").having("dtype" -> Float32, "value" -> tensor(of.size.toLong)(of: _*))

  protected def perChannel(name: String): NodeDef = vector(name, values(channels.toLong): _*)

  /** Before and after each axis, as {{{Pad}}} takes them. */
  protected def paddings(name: String, of: Int*): NodeDef = ints(name, shape(of.size / 2L, 2), of)

  /** As {{{BatchToSpaceND}}} takes them. */
  protected def blocks(name: String, of: Int*): NodeDef = ints(name, shape(of.size.toLong), of)

  private def ints(name: String, sizes: TensorShape, of: Seq[Int]): NodeDef = {
    val listed = intConst("any", of: _*).getAttrOrThrow("value").getTensor
    val shaped = listed.toBuilder.setTensorShape(sizes.toProto).build
    node(name, "Const").having("dtype" -> Int32, "value" -> shaped)
  }

  /** An op that moves pixels into rows of the batch, or back. */
  protected def moved(name: String, op: String, inputs: String*): NodeDef =
    node(name, op, inputs: _*).having("T" -> Float32, "Tblock_shape" -> Int32)

  protected val maps = placeholder("x").having("shape" -> shape(-1, 6, 6, channels.toLong))

  protected def convolution(name: String, input: String, kernel: String): NodeDef =
    node(name, "Conv2D", input, kernel).having(
      "T" -> Float32,
      "strides" -> Seq(1, 1, 1, 1),
      "padding" -> "VALID"
    )

  /** The same with a depthwise convolution, whose window has these sizes. */
  protected def depthwise(nodes: Seq[NodeDef], window: Long*): Seq[NodeDef] = nodes.map {
    case kernel if kernel.getName == "w" => weights("w", window ++ Seq(channels.toLong, 1L): _*)
    case product if product.getName == "conv" =>
      product.toBuilder.setOp("DepthwiseConv2dNative").build
    case other => other
  }

  protected def op(name: String, op: String, inputs: String*): NodeDef =
    node(name, op, inputs: _*).having("T" -> Float32)

  protected def optimize(
      graph: GraphDef,
      kept: Set[String],
      exact: Seq[String] = Seq(),
      isFedFinite: Boolean = true
  ): GraphDef =
    GraphOptimizer.optimize(graph, kept.asJava, exact.asJava, _ => isFedFinite, JavaMap.of())

  protected def count(graph: GraphDef, op: String): Int =
    graph.getNodeList.asScala.count(_.getOp == op)

  /** What a fused convolution runs behind its product. */
  protected def fusedOps(graph: GraphDef, name: String): Seq[String] =
    find(graph, name).getAttrOrThrow("fused_ops").getList.getSList.asScala.map(_.toStringUtf8).toSeq

  protected def run(graph: GraphDef, fetch: String, input: Array[Float]): Seq[Float] = {
    TensorFlowRuntime.start(1)
    def none[A]: JavaList[A] = JavaList.of()
    val model = new RunnableGraph(graph, none, none, none, none, none)
    val session = GraphSession.open(model, MemoryFiles.of())
    try {
      val fed = HostTensor.of(fedSizes.toArray, input)
      val feeds = JavaMap.of(new TensorId("x", 0), fed)
      session
        .run(feeds, JavaList.of(TensorId.parse(fetch)))
        .get(0)
        .values
        .asInstanceOf[Array[Float]]
        .toIndexedSeq
    } finally session.close()
  }

  /** Fails unless the optimized graph gives what the graph gives; gives the optimized one. */
  protected def sameValues(graph: GraphDef, fetches: String*): GraphDef = {
    val optimized = optimize(graph, fetches.toSet + "x")
    val input = values(fedSizes: _*).toArray
    fetches.foreach { fetch =>
      val expected = run(graph, fetch, input)
      val found = run(optimized, fetch, input)
      val largest = expected.map(math.abs(_)).max
      assert(found.size === expected.size)
      assert(largest > 0)
      found.zip(expected).foreach { case (a, b) => assert(math.abs(a - b) <= 1e-6 * largest) }
    }
    optimized
  }

  /** A convolution with a bias, whose sum is `end`. */
  protected def convolutionBehind(input: String): Seq[NodeDef] = Seq(
    weights("v", 3, 3, channels.toLong, 2),
    convolution("next", input, "v"),
    vector("bias", 0.5f, -0.5f),
    op("end", "BiasAdd", "next", "bias")
  )

  /** Fails if there is anything to optimize in the nodes after one of the changes. */
  protected def assertStay(nodes: Seq[NodeDef])(changes: (Seq[NodeDef] => Seq[NodeDef])*): Unit =
    changes.foreach { change =>
      val whole = graph(change(nodes): _*)
      assert(optimize(whole, Set("x", "end")) eq whole)
    }

  protected def inDoubles(nodes: Seq[NodeDef]): Seq[NodeDef] =
    nodes.map(node => if (node.containsAttr("T")) node.having("T" -> DataType.DT_DOUBLE) else node)

  // x ─ Conv2D ─ Mul ─ AddV2 ─ Relu6, as Keras 3 writes a batch normalisation
  protected val normalized = Seq(
    maps,
    weights("w", 3, 3, channels.toLong, channels.toLong),
    perChannel("scale"),
    perChannel("shift"),
    convolution("conv", "x", "w"),
    op("mul", "Mul", "conv", "scale"),
    op("add", "AddV2", "mul", "shift"),
    op("relu", "Relu6", "add")
  )
}

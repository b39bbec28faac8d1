package layertap.graph.optimize

import java.util.{List => JavaList, Map => JavaMap, Set => JavaSet}
import layertap.graph.Graphs._
import layertap.graph.TensorId
import layertap.graph.TensorShape
import layertap.model.cut.RunnableGraph
import layertap.tensor.HostTensor
import layertap.tensorflow.GraphSession
import layertap.tensorflow.TensorFlowRuntime
import layertap.testing.MemoryFiles
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{GraphDef, NodeDef}
import scala.jdk.CollectionConverters._
import scala.util.Random

class GraphOptimizerTest extends AnyFunSuite {
  private val random = new Random(7)
  private val channels = 4

  private def values(sizes: Long*): Seq[Float] =
    Seq.fill(sizes.product.toInt)(random.nextFloat() * 2 - 1)

  private def weights(name: String, sizes: Long*): NodeDef =
    node(name, "Const").having(
      "dtype" -> Float32,
      "value" -> tensor(sizes: _*)(values(sizes: _*): _*)
    )

  private def vector(name: String, of: Float*): NodeDef =
    node(name, "Const").having("dtype" -> Float32, "value" -> tensor(of.size.toLong)(of: _*))

  private def perChannel(name: String): NodeDef = vector(name, values(channels.toLong): _*)

  private val maps = placeholder("x").having("shape" -> shape(-1, 6, 6, channels.toLong))

  private def convolution(name: String, input: String, kernel: String): NodeDef =
    node(name, "Conv2D", input, kernel).having(
      "T" -> Float32,
      "strides" -> Seq(1, 1, 1, 1),
      "padding" -> "VALID"
    )

  private def op(name: String, op: String, inputs: String*): NodeDef =
    node(name, op, inputs: _*).having("T" -> Float32)

  private def optimize(
      graph: GraphDef,
      kept: Set[String],
      exact: Seq[String] = Seq(),
      isFedFinite: Boolean = true
  ): GraphDef =
    GraphOptimizer.optimize(graph, kept.asJava, exact.asJava, isFedFinite, JavaMap.of())

  private def count(graph: GraphDef, op: String): Int =
    graph.getNodeList.asScala.count(_.getOp == op)

  private def run(graph: GraphDef, fetch: String, input: Array[Float]): Seq[Float] = {
    TensorFlowRuntime.start(1)
    def none[A]: JavaList[A] = JavaList.of()
    val model = new RunnableGraph(graph, none, none, none, none, none)
    val session = GraphSession.open(model, MemoryFiles.of())
    try {
      val fed = HostTensor.of(Array(2L, 6, 6, channels.toLong), input)
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
  private def sameValues(graph: GraphDef, fetches: String*): GraphDef = {
    val optimized = optimize(graph, fetches.toSet + "x")
    val input = values(2, 6, 6, channels.toLong).toArray
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

  // x ─ Conv2D ─ Mul ─ AddV2 ─ Relu6, as Keras 3 writes a batch normalisation
  private val normalized = Seq(
    maps,
    weights("w", 3, 3, channels.toLong, channels.toLong),
    perChannel("scale"),
    perChannel("shift"),
    convolution("conv", "x", "w"),
    op("mul", "Mul", "conv", "scale"),
    op("add", "AddV2", "mul", "shift"),
    op("relu", "Relu6", "add")
  )

  test("scale, shift and activation go into the convolution before them") {
    val optimized = sameValues(graph(normalized: _*), "relu")
    assert(find(optimized, "relu").getOp === "_FusedConv2D")
    assert(inputs(optimized, "relu") === Seq("x", "conv/layertap_folded/mul_0", "shift"))
    assert(Seq("conv", "mul", "add").forall(!names(optimized).contains(_)))
  }

  test("a tensor that is fetched stays, and what comes before it is folded all the same") {
    val optimized = sameValues(graph(normalized: _*), "add", "relu")
    assert(find(optimized, "add").getOp === "_FusedConv2D")
    assert(find(optimized, "relu").getOp === "Relu6")
    val atConvolution = sameValues(graph(normalized: _*), "conv", "relu")
    assert(count(atConvolution, "_FusedConv2D") === 0)
    assert(inputs(atConvolution, "mul") === Seq("conv", "scale"))
  }

  test("what an exact feature depends on stays as it is") {
    val whole = graph(normalized: _*)
    assert(optimize(whole, Set("x", "relu"), exact = Seq("relu")) eq whole)
  }

  test("a tensor with two consumers is still computed") {
    val both = normalized :+ op("sum", "AddV2", "relu", "conv")
    val optimized = sameValues(graph(both: _*), "sum")
    assert(inputs(optimized, "mul") === Seq("conv", "scale"))
  }

  test("biases, batch normalisations and differences are one scale and one shift") {
    val statistics = Seq("gamma", "beta", "mean").map(perChannel) :+ vector("var", 0.5f, 1f, 2f, 4f)
    val normalization = node("bn", "FusedBatchNormV3", "bias", "gamma", "beta", "mean", "var")
      .having("T" -> Float32, "U" -> Float32, "is_training" -> false)
      .toBuilder
      .putAttr("epsilon", org.tensorflow.proto.AttrValue.newBuilder.setF(1e-3f).build)
      .build
    val nodes = normalized.take(5) ++ statistics ++ Seq(
      perChannel("b"),
      op("bias", "BiasAdd", "conv", "b"),
      normalization,
      op("sub", "Sub", "bn", "shift"),
      op("mul", "Mul", "scale", "sub"),
      op("relu", "Relu", "mul")
    )
    val optimized = sameValues(graph(nodes: _*), "relu")
    assert(count(optimized, "FusedBatchNormV3") === 0)
    assert(find(optimized, "relu").getOp === "_FusedConv2D")
  }

  test("a depthwise convolution of several maps for each channel is scaled map by map") {
    val scale = vector("scale", values(2L * channels): _*)
    val shift = vector("shift", values(2L * channels): _*)
    val nodes = Seq(
      maps,
      weights("w", 3, 3, channels.toLong, 2),
      scale,
      shift,
      convolution("conv", "x", "w").toBuilder.setOp("DepthwiseConv2dNative").build,
      op("mul", "Mul", "conv", "scale"),
      op("add", "AddV2", "mul", "shift"),
      op("relu", "Relu6", "add")
    )
    val optimized = sameValues(graph(nodes: _*), "relu")
    assert(find(optimized, "relu").getOp === "_FusedDepthwiseConv2dNative")
    assert(!names(optimized).contains("mul"))
  }

  test("a depthwise convolution fuses its sum, its activation and zeros around the map") {
    for {
      padding <- Seq(Seq(0, 0, 0, 0), Seq(0, 1, 0, 1), Seq(1, 1, 1, 1))
      stride <- Seq(1, 2)
      activation <- Seq("Relu", "Relu6", "Sigmoid")
    } {
      // The fused kernel knows no padding that is spelled out, so it has to be that of SAME.
      val isSame = padding == (if (stride == 1) Seq(1, 1, 1, 1) else Seq(0, 1, 0, 1))
      val isFused = isSame || padding.forall(_ == 0)
      val paddings = intConst("any", Seq(0, 0) ++ padding ++ Seq(0, 0): _*)
      val sizes = paddings
        .getAttrOrThrow("value")
        .getTensor
        .toBuilder
        .setTensorShape(shape(4, 2).toProto)
      val nodes = Seq(
        maps,
        node("paddings", "Const").having("dtype" -> Int32, "value" -> sizes.build),
        node("pad", "Pad", "x", "paddings").having("T" -> Float32, "Tpaddings" -> Int32),
        weights("w", 3, 3, channels.toLong, 1),
        perChannel("scale"),
        perChannel("shift"),
        convolution("conv", if (padding.forall(_ == 0)) "x" else "pad", "w")
          .having("strides" -> Seq(1, stride, stride, 1))
          .toBuilder
          .setOp("DepthwiseConv2dNative")
          .build,
        op("mul", "Mul", "conv", "scale"),
        op("add", "AddV2", "mul", "shift"),
        op("act", activation, "add"),
        weights("after", 1, 1, channels.toLong, 2),
        vector("bias", 0.5f, -0.5f),
        convolution("pointwise", "act", "after"),
        op("last", "BiasAdd", "pointwise", "bias")
      )
      val optimized = sameValues(graph(nodes: _*), "last")
      assert(count(optimized, "_FusedDepthwiseConv2dNative") === (if (isFused) 1 else 0))
      assert(count(optimized, "BiasAdd") === (if (isFused) 0 else 1))
      assert(count(optimized, "_FusedConv2D") === 1)
      assert(count(optimized, "Pad") === (if (padding.forall(_ == 0)) 1 else 0)) // of no use
      assert(count(optimized, activation) === (if (isFused && activation != "Sigmoid") 0 else 1))
    }
  }

  test("without oneDNN's kernels fused depthwise convolutions are taken apart") {
    val nodes = normalized.map {
      case kernel if kernel.getName == "w"      => weights("w", 3, 3, channels.toLong, 1)
      case product if product.getName == "conv" =>
        product.toBuilder.setOp("DepthwiseConv2dNative").build
      case other => other
    }
    val optimized = sameValues(graph(nodes: _*), "relu")
    val apart = FusedConvolution.forKernels(optimized, JavaSet.of())
    assert(inputs(apart, "relu") === Seq("relu/BiasAdd"))
    assert(inputs(apart, "relu/BiasAdd") === Seq("relu/product", "shift"))
    assert(find(apart, "relu/product").getOp === "DepthwiseConv2dNative")
    val input = values(2, 6, 6, channels.toLong).toArray
    run(apart, "relu", input).zip(run(optimized, "relu", input)).foreach { case (a, b) =>
      assert(math.abs(a - b) <= 1e-5)
    }
    assert(FusedConvolution.forKernels(apart, JavaSet.of()) eq apart)
  }

  test("zeros around a map are padded by the convolution; other paddings stay") {
    def padded(paddings: Int*) = {
      val pad = node("pad", "Pad", "x", "paddings").having("T" -> Float32, "Tpaddings" -> Int32)
      val sizes = node("paddings", "Const").having(
        "dtype" -> Int32,
        "value" -> intConst("any", paddings: _*)
          .getAttrOrThrow("value")
          .getTensor
          .toBuilder
          .setTensorShape(shape(4, 2).toProto)
          .build
      )
      val wider = weights("w", 3, 3, channels.toLong + paddings(6) + paddings(7), channels.toLong)
      graph(Seq(maps, sizes, pad, wider, convolution("conv", "pad", "w")): _*)
    }
    val optimized = sameValues(padded(0, 0, 0, 1, 2, 1, 0, 0), "conv")
    assert(inputs(optimized, "conv") === Seq("x", "w"))
    val paddings = find(optimized, "conv").getAttrOrThrow("explicit_paddings").getList.getIList
    assert(paddings.asScala.map(_.toInt) === Seq(0, 0, 0, 1, 2, 1, 0, 0))
    val ofChannels = padded(0, 0, 0, 0, 0, 0, 0, 1)
    assert(optimize(ofChannels, Set("x", "conv")) eq ofChannels)
    val fetched = padded(0, 0, 1, 1, 1, 1, 0, 0)
    assert(optimize(fetched, Set("x", "pad", "conv")) eq fetched)
  }

  test("what is not a value for each channel is no scale") {
    Seq(vector("scale", 2f), weights("scale", 1, 4, 1, channels.toLong), weights("scale", 4, 1))
      .foreach { other =>
        val nodes = normalized.filterNot(_.getName == "scale") :+ other
        assert(inputs(sameValues(graph(nodes: _*), "mul"), "mul") === Seq("conv", "scale"))
      }
    val ofMaps = normalized.updated(5, op("mul", "Mul", "conv", "conv"))
    assert(inputs(sameValues(graph(ofMaps: _*), "relu"), "mul") === Seq("conv", "conv"))
  }

  test("vectors with axes of one value are vectors all the same") {
    val nodes = normalized.map {
      case scale if scale.getName == "scale" => weights("scale", 1, 1, 1, channels.toLong)
      case other                             => other
    }
    assert(count(sameValues(graph(nodes: _*), "relu"), "_FusedConv2D") === 1)
  }

  test("a kernel that skips pixels, or groups of channels, is scaled and not fused") {
    val dilated = normalized.map {
      case node if node.getName == "conv" => node.having("dilations" -> Seq(1, 2, 2, 1))
      case other                          => other
    }
    val optimized = sameValues(graph(dilated: _*), "relu")
    assert(find(optimized, "conv").getOp === "Conv2D")
    assert(find(optimized, "add").getOp === "BiasAdd")
    val unknown = normalized.map {
      case node if node.getName == "x" => node.having("shape" -> TensorShape.unknown)
      case other                       => other
    }
    assert(find(sameValues(graph(unknown: _*), "relu"), "add").getOp === "BiasAdd")
  }

  test("maps with the channels first, other dtypes and training stay as they are") {
    Seq[NodeDef => NodeDef](
      _.having("data_format" -> "NCHW"),
      _.having("T" -> org.tensorflow.proto.DataType.DT_DOUBLE),
      _.toBuilder.addInput("^scale").build
    ).foreach { change =>
      val nodes = normalized.map(node => if (node.getName == "conv") change(node) else node)
      val whole = graph(nodes: _*)
      assert(optimize(whole, Set("x", "relu")) eq whole)
    }
  }

  test("what is not a number stays that") {
    val input = values(2, 6, 6, channels.toLong).toArray
    input(0) = Float.NaN
    val whole = graph(normalized: _*)
    val optimized = optimize(whole, Set("x", "relu"), isFedFinite = false)
    assert(find(optimized, "add").getOp === "_FusedConv2D")
    assert(find(optimized, "relu").getOp === "Relu6")
    val found = run(optimized, "relu", input)
    assert(found.map(_.isNaN) === run(whole, "relu", input).map(_.isNaN))
    assert(found.exists(_.isNaN))
  }

  test("a swish with the factor one needs one product less, and its values keep all bits") {
    val nodes = normalized.take(7) ++ Seq(
      const("beta", 1f),
      op("times", "Mul", "beta", "add"),
      op("sigmoid", "Sigmoid", "times"),
      op("swish", "Mul", "add", "sigmoid")
    )
    val optimized = sameValues(graph(nodes: _*), "swish")
    assert(inputs(optimized, "sigmoid") === Seq("add"))
  }
}

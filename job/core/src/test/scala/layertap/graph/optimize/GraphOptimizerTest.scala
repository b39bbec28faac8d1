package layertap.graph.optimize

import layertap.graph.Graphs._
import layertap.graph.TensorShape
import org.tensorflow.proto.NodeDef
import scala.jdk.CollectionConverters._

class GraphOptimizerTest extends OptimizedGraphs {
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

  private def normalization(input: String) =
    node("bn", "FusedBatchNormV3", input, "gamma", "beta", "mean", "var")
      .having("T" -> Float32, "U" -> Float32, "is_training" -> false)

  private def statistics =
    Seq("gamma", "beta", "mean").map(perChannel) :+ vector("var", 0.0005f, 1f, 2f, 4f)

  test("biases, batch normalisations and differences are one scale and one shift") {
    val widened = normalization("bias").toBuilder
      .putAttr("epsilon", org.tensorflow.proto.AttrValue.newBuilder.setF(1e-3f).build)
      .build
    val nodes = normalized.take(5) ++ statistics ++ Seq(
      perChannel("b"),
      op("bias", "BiasAdd", "conv", "b"),
      widened,
      op("sub", "Sub", "bn", "shift"),
      op("mul", "Mul", "scale", "sub"),
      op("relu", "Relu", "mul")
    )
    val optimized = sameValues(graph(nodes: _*), "relu")
    assert(count(optimized, "FusedBatchNormV3") === 0)
    assert(find(optimized, "relu").getOp === "_FusedConv2D")
  }

  test(
    "a batch normalisation that leaves out what it adds to the variance adds what TensorFlow does"
  ) {
    val nodes = (normalized.take(5) ++ statistics) :+ normalization("conv")
    assert(count(sameValues(graph(nodes: _*), "bn"), "FusedBatchNormV3") === 0)
  }

  test("a batch normalisation of which something takes the means, too, stays") {
    val nodes = (normalized.take(5) ++ statistics :+ normalization("conv")) ++
      Seq(op("relu", "Relu", "bn"), op("sum", "AddV2", "relu", "bn:1"))
    assert(count(sameValues(graph(nodes: _*), "sum"), "FusedBatchNormV3") === 1)
    val alone = nodes.dropRight(2) :+ op("sum", "Neg", "bn:1")
    assert(count(sameValues(graph(alone: _*), "sum"), "FusedBatchNormV3") === 1)
  }

  test("a bias of another axis than the channels stays") {
    val bias = op("add", "BiasAdd", "conv", "shift").having("data_format" -> "NCHW")
    val whole = graph(normalized.take(5) :+ bias: _*)
    assert(optimize(whole, Set("x", "add")) eq whole)
  }

  test("zeros around a map are padded by the convolution; other paddings stay") {
    def padded(sizes: Int*) = {
      val pad = node("pad", "Pad", "x", "paddings").having("T" -> Float32, "Tpaddings" -> Int32)
      val wider = weights("w", 3, 3, channels.toLong + sizes(6) + sizes(7), channels.toLong)
      graph(
        Seq(maps, paddings("paddings", sizes: _*), pad, wider, convolution("conv", "pad", "w")): _*
      )
    }
    val optimized = sameValues(padded(0, 0, 0, 1, 2, 1, 0, 0), "conv")
    assert(inputs(optimized, "conv") === Seq("x", "w"))
    val merged = find(optimized, "conv").getAttrOrThrow("explicit_paddings").getList.getIList
    assert(merged.asScala.map(_.toInt) === Seq(0, 0, 0, 1, 2, 1, 0, 0))
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

  test("a product with the factor one is left out") {
    val nodes = normalized.take(7) ++ Seq(
      const("beta", 1f),
      op("times", "Mul", "beta", "add"),
      op("sigmoid", "Sigmoid", "times")
    )
    assert(inputs(sameValues(graph(nodes: _*), "sigmoid"), "sigmoid") === Seq("add"))
  }

  // Over these, TensorFlow's own rewriter ends the process.
  test("a convolution of which constants in a row take multiples runs, as it is and optimized") {
    val divisor = Seq(2f, 4f, 0.5f, 8f)
    val factor = Seq(3f, 1f, 2f, 5f)
    val nodes = normalized.take(5) ++ Seq(
      vector("divisor", divisor: _*),
      vector("factor", factor: _*),
      op("quotient", "RealDiv", "conv", "divisor"),
      op("multiple", "Mul", "quotient", "factor"),
      op("again", "Mul", "multiple", "factor")
    )
    val input = values(2, 6, 6, channels.toLong).toArray
    val whole = graph(nodes: _*)
    val wanted = run(whole, "conv", input).zipWithIndex.map { case (value, i) =>
      value / divisor(i % channels) * factor(i % channels) * factor(i % channels)
    }
    assert(run(whole, "again", input) === wanted)
    sameValues(whole, "again")
  }
}

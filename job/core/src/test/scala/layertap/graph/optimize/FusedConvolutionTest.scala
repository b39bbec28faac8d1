package layertap.graph.optimize

import java.util.{Set => JavaSet}
import layertap.graph.Graphs._
import layertap.graph.precision.BFloat16Rewrite
import org.tensorflow.proto.DataType.{DT_BFLOAT16 => BFloat16}
import org.tensorflow.proto.NodeDef
import scala.jdk.CollectionConverters._

class FusedConvolutionTest extends OptimizedGraphs {
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
      val nodes = Seq(
        maps,
        paddings("paddings", Seq(0, 0) ++ padding ++ Seq(0, 0): _*),
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

  test("channels that are put one behind the other are as many as a convolution takes") {
    def concatenated(axis: Int, kernel: Long*) = Seq(
      maps,
      intConst("axis", axis),
      node("both", "ConcatV2", "x", "x", "axis").having("T" -> Float32, "Tidx" -> Int32, "N" -> 2),
      weights("w", kernel: _*),
      perChannel("bias"),
      convolution("conv", "both", "w"),
      op("add", "BiasAdd", "conv", "bias")
    )
    for (axis <- Seq(3, -1)) {
      val whole = graph(concatenated(axis, 3, 3, 2L * channels, channels.toLong): _*)
      assert(find(sameValues(whole, "add"), "add").getOp === "_FusedConv2D")
    }
    // Groups of channels, also where those of one part are unknown; maps side by side.
    val grouped = concatenated(3, 3, 3, channels.toLong, channels.toLong)
    val unknown = grouped.map {
      case both if both.getName == "both" => both.toBuilder.setInput(1, "abs").build
      case other                          => other
    } :+ op("abs", "Abs", "x")
    val wider = concatenated(2, 3, 3, channels / 2L, channels.toLong)
    for (nodes <- Seq(grouped, unknown, wider))
      assert(find(optimize(graph(nodes: _*), Set("x", "add")), "add").getOp === "BiasAdd")
  }

  /** A convolution of 3x3 behind a node `before`, with a bias. */
  private def behind(before: NodeDef*) = Seq(maps) ++ before ++ Seq(
    weights("w", 3, 3, channels.toLong, channels.toLong),
    perChannel("bias"),
    convolution("conv", "before", "w"),
    op("add", "BiasAdd", "conv", "bias")
  )

  test("activations of less common kinds give as many channels as they take") {
    val unary = Seq("Selu", "Softmax", "Softsign").map(op("before", _, "x"))
    val most = const("most", 0.5f)
    val bounded = Seq("Maximum", "Minimum").map(op("before", _, "x", "most"))
    val clipped = op("before", "ClipByValue", "x", "least", "most")
    for (before <- unary ++ bounded :+ clipped) {
      val whole = graph(behind(const("least", -0.5f), most, before): _*)
      assert(find(sameValues(whole, "add"), "add").getOp === "_FusedConv2D", before)
    }
  }

  test("a transposed convolution gives the channels that its sizes say") {
    def transposed(sizes: NodeDef*)(kernel: Long*) = behind(
      sizes ++ Seq(
        weights("v", kernel: _*),
        node("before", "Conv2DBackpropInput", sizes.last.getName, "v", "x")
          .having("T" -> Float32, "strides" -> Seq(1, 1, 1, 1), "padding" -> "SAME")
      ): _*
    )
    val known = intConst("sizes", 2, 6, 6, channels)
    // Keras': as many rows as there are.
    val ofBatch = Seq(2, 6, 6, channels).zipWithIndex.map { case (size, axis) =>
      intConst(s"size$axis", size)
    } :+ node("packed", "Pack", "size0", "size1", "size2", "size3").having("T" -> Int32, "N" -> 4)
    val kernel = Seq(2L, 2L, channels.toLong, channels.toLong)
    for (sizes <- Seq(Seq(known), ofBatch)) {
      val whole = graph(transposed(sizes: _*)(kernel: _*): _*)
      assert(find(sameValues(whole, "add"), "add").getOp === "_FusedConv2D", sizes)
    }
    // Groups of channels behind it, and in it.
    val more = intConst("sizes", 2, 6, 6, 2 * channels)
    for (channelsOut <- Seq(2L * channels, channels.toLong)) {
      val grouped = graph(transposed(more)(2, 2, channelsOut, channels.toLong): _*)
      assert(find(optimize(grouped, Set("x", "add")), "add").getOp === "BiasAdd", channelsOut)
    }
  }

  test("pixels that are divided by a deviation are maps of the same size") {
    val nodes = Seq(
      maps,
      perChannel("mean"),
      vector("deviation", 0.5f, 1f, 2f, 4f),
      op("centered", "Sub", "x", "mean"),
      op("normal", "RealDiv", "centered", "deviation"),
      paddings("paddings", 0, 0, 0, 1, 0, 1, 0, 0),
      node("pad", "Pad", "normal", "paddings").having("T" -> Float32, "Tpaddings" -> Int32),
      weights("w", 3, 3, channels.toLong, 1),
      perChannel("bias"),
      convolution("conv", "pad", "w")
        .having("strides" -> Seq(1, 2, 2, 1))
        .toBuilder
        .setOp("DepthwiseConv2dNative")
        .build,
      op("add", "BiasAdd", "conv", "bias")
    )
    val optimized = sameValues(graph(nodes: _*), "add")
    assert(find(optimized, "add").getOp === "_FusedDepthwiseConv2dNative")
    assert(inputs(optimized, "add").head === "normal")
  }

  test("without oneDNN's kernels fused depthwise convolutions are taken apart") {
    val nodes = depthwise(normalized, 3, 3)
    val optimized = sameValues(graph(nodes: _*), "relu")
    val apart = FusedOps.forKernels(optimized, JavaSet.of())
    assert(inputs(apart, "relu") === Seq("relu/BiasAdd"))
    assert(inputs(apart, "relu/BiasAdd") === Seq("relu/product", "shift"))
    assert(find(apart, "relu/product").getOp === "DepthwiseConv2dNative")
    val input = values(2, 6, 6, channels.toLong).toArray
    run(apart, "relu", input).zip(run(optimized, "relu", input)).foreach { case (a, b) =>
      assert(math.abs(a - b) <= 1e-5)
    }
    assert(FusedOps.forKernels(apart, JavaSet.of()) eq apart)
  }

  test("ordinary and depthwise convolutions run an exponential and a leaky activation") {
    // As SavedModels write it: without attributes that have their default.
    val activations = Seq(op("relu", "Elu", "add"), node("relu", "LeakyRelu", "add")) ++
      Seq(0.3f, -1.5f).map(slope => op("relu", "LeakyRelu", "add").having("alpha" -> slope))
    for {
      nodes <- Seq(normalized, depthwise(normalized, 3, 3))
      activation <- activations
    } {
      val whole = graph(nodes.init :+ activation: _*)
      val optimized = sameValues(whole, "relu")
      // Of depthwise ones with a leaky activation there is no kernel.
      if ((nodes eq normalized) || activation.getOp == "Elu") {
        assert(fusedOps(optimized, "relu") === Seq("BiasAdd", activation.getOp))
      } else assert(fusedOps(optimized, "add") === Seq("BiasAdd"))
      val reduced = BFloat16Rewrite.rewrite(optimized, JavaSet.of("x", "relu"))
      val kinds = Seq(
        FusedOps.forKernels(optimized, JavaSet.of()) -> 1e-5,
        reduced -> 0.06, // by the kernels that this processor has
        FusedOps.forKernels(reduced, JavaSet.of()) -> 0.06
      )
      val input = values(2, 6, 6, channels.toLong).toArray
      val expected = run(whole, "relu", input)
      kinds.foreach { case (kind, tolerance) =>
        run(kind, "relu", input).zip(expected).foreach { case (a, b) =>
          assert(math.abs(a - b) <= tolerance * math.max(1, math.abs(b)), activation.getOp)
        }
      }
    }
  }

  test("in bfloat16 a convolution is fused by oneDNN's own op, and taken apart without it") {
    val optimized = optimize(graph(normalized: _*), Set("x", "relu"))
    val reduced = BFloat16Rewrite.rewrite(optimized, JavaSet.of("x", "relu"))
    val name = "relu/layertap_bfloat16"
    val byOneDnn = FusedOps.forKernels(reduced, JavaSet.of(BFloat16))
    val fused = find(byOneDnn, name)
    assert(fused.getOp === "_MklNativeFusedConv2D")
    assert(fused.getAttrOrThrow("TArgs").getList.getTypeList.asScala === Seq(BFloat16))
    assert(fusedOps(byOneDnn, name) === Seq("BiasAdd", "Relu6"))
    val apart = FusedOps.forKernels(reduced, JavaSet.of(Float32))
    assert(
      Seq("/product", "/BiasAdd", "").map(op => find(apart, name + op).getOp) ===
        Seq("Conv2D", "BiasAdd", "Relu6")
    )
    assert(find(apart, name).getAttrOrThrow("T").getType === BFloat16)
    val input = values(2, 6, 6, channels.toLong).toArray
    run(reduced, "relu", input).zip(run(optimized, "relu", input)).foreach { case (a, b) =>
      assert(math.abs(a - b) <= 0.06)
    }
  }
}

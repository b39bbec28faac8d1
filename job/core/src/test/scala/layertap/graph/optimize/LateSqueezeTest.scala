package layertap.graph.optimize

import layertap.graph.Graphs._
import org.tensorflow.proto.{DataType, NodeDef}
import scala.jdk.CollectionConverters._

/** Convolutions of sequences, which run as those of maps. */
class LateSqueezeTest extends OptimizedGraphs {
  override protected def fedSizes: Seq[Long] = Seq(2, 12, channels.toLong)

  private val sequences = placeholder("x").having("shape" -> shape(-1, 12, channels.toLong))
  private val normalization = Seq(
    perChannel("bias"),
    perChannel("scale"),
    perChannel("shift"),
    op("add", "BiasAdd", "end_of_convolution", "bias"),
    op("mul", "Mul", "scale", "add"),
    op("sub", "Sub", "mul", "shift"),
    op("relu", "Relu6", "sub")
  )

  private def expanded(name: String, input: String, axis: Int): Seq[NodeDef] = Seq(
    intConst(s"$name/axis", axis),
    node(name, "ExpandDims", input, s"$name/axis").having("T" -> Float32, "Tdim" -> Int32)
  )

  private def squeeze(name: String, input: String, axes: Int*): NodeDef =
    op(name, "Squeeze", input).having("squeeze_dims" -> axes)

  /** As {{{tf.nn.conv1d}}} writes it. */
  private def convolved(input: String, end: String, axis: Int, squeezed: Int*): Seq[NodeDef] = {
    val axisOfWeights = if (axis == -3) 0 else axis - 1
    val wide = expanded("wide", "w", axisOfWeights)
    val products = Seq(convolution("conv", "maps", "wide"), squeeze(end, "conv", squeezed: _*))
    (weights("w", 3, channels.toLong, channels.toLong) +: wide) ++
      expanded("maps", input, axis) ++ products
  }

  private val plain =
    sequences +: (convolved("x", "end_of_convolution", -3, -3) ++ normalization)

  /** As {{{tf.nn.convolution}}} writes one whose window has gaps. */
  private val dilated = Seq(
    sequences,
    blocks("blocks", 2),
    paddings("around", 2, 2),
    moved("to_batch", "SpaceToBatchND", "x", "blocks", "around"),
    moved("end_of_convolution", "BatchToSpaceND", "squeezed", "blocks", "around")
  ) ++ convolved("to_batch", "squeezed", -3, 1) ++ normalization

  private def requireFused(nodes: Seq[NodeDef], last: String): Unit = {
    val optimized = sameValues(graph(nodes: _*), "relu")
    assert(find(optimized, "relu").getOp === last)
    val fused = "relu/layertap_maps"
    assert(find(optimized, fused).getOp === "_FusedConv2D")
    assert(fusedOps(optimized, fused) === Seq("BiasAdd", "Relu6"))
    assert(Seq("add", "mul", "sub").forall(!names(optimized).contains(_)))
  }

  test("what follows a convolution of sequences goes into it, whatever axis is added") {
    for ((axis, squeezed) <- Seq(-3 -> -3, 1 -> 1, 1 -> -3, 2 -> 2, 2 -> -2))
      requireFused(
        sequences +: (convolved("x", "end_of_convolution", axis, squeezed) ++ normalization),
        "Squeeze"
      )
  }

  test("so it does where the window has gaps") {
    requireFused(dilated, "BatchToSpaceND")
  }

  // x ─ ArgMax ─ GatherV2 of a table's vectors
  private def lookedUp(table: NodeDef): Seq[NodeDef] = Seq(
    sequences,
    table,
    intConst("last", -1),
    intConst("first", 0),
    node("ids", "ArgMax", "x", "last")
      .having("T" -> Float32, "Tidx" -> Int32, "output_type" -> DataType.DT_INT64),
    node("looked_up", "GatherV2", "table", "ids", "first")
      .having("Tparams" -> Float32, "Tindices" -> DataType.DT_INT64, "Taxis" -> Int32)
  )

  test("so it does behind vectors that are looked up, and numbers that are cast") {
    val vectors = lookedUp(weights("table", channels.toLong, channels.toLong))
    val sequence = convolved("looked_up", "end_of_convolution", 1, 1) ++ normalization
    requireFused(vectors ++ sequence, "Squeeze")
    val halves = DataType.DT_HALF
    val cast = Seq(
      node("halved", "Cast", "looked_up").having("SrcT" -> Float32, "DstT" -> halves),
      node("cast", "Cast", "halved").having("SrcT" -> halves, "DstT" -> Float32)
    )
    val behind = convolved("cast", "end_of_convolution", 1, 1) ++ normalization
    requireFused(vectors ++ cast ++ behind, "Squeeze")
  }

  test("what is looked up in a table of no vectors has sizes that nobody knows") {
    val maps = lookedUp(weights("table", channels.toLong, 3, channels.toLong))
    val kernel = weights("w", 3, 3, channels.toLong, channels.toLong)
    val nodes = maps ++
      Seq(kernel, convolution("end_of_convolution", "looked_up", "w")) ++ normalization
    val optimized = sameValues(graph(nodes: _*), "relu")
    assert(count(optimized, "_FusedConv2D") === 0)
    assert(find(optimized, "sub").getOp === "BiasAdd")
  }

  test("an activation whose type is left out goes in, too, and one of what may not be finite not") {
    val leaky = node("relu", "LeakyRelu", "sub")
    val optimized = sameValues(graph(plain.init :+ leaky: _*), "relu")
    assert(fusedOps(optimized, "relu/layertap_maps") === Seq("BiasAdd", "LeakyRelu"))
    val unknown = optimize(graph(plain: _*), Set("x", "relu"), isFedFinite = false)
    assert(find(unknown, "relu").getOp === "Relu6")
    assert(fusedOps(unknown, "sub/layertap_maps") === Seq("BiasAdd"))
  }

  test("what is fetched between stands behind a squeeze; the rest stays behind it") {
    for (nodes <- Seq(plain, dilated)) {
      val optimized = sameValues(graph(nodes: _*), "add", "relu")
      assert(fusedOps(optimized, "add/layertap_maps") === Seq("BiasAdd"))
    }
    val negated =
      plain.map(node => if (node.getName == "sub") op("sub", "Sub", "shift", "mul") else node)
    val optimized = sameValues(graph(negated: _*), "relu")
    assert(inputs(optimized, "sub") === Seq("shift", "mul"))
  }

  test("groups of channels are convolved without what follows") {
    val half = weights("w", 3, channels / 2L, channels.toLong)
    for (nodes <- Seq(plain, dilated)) {
      val grouped = nodes.map(node => if (node.getName == "w") half else node)
      assert(count(optimize(graph(grouped: _*), Set("x", "relu")), "_FusedConv2D") === 0)
    }
  }

  test("one convolution after the other, with zeros before the first steps and a sum") {
    val next = plain.tail.map { node =>
      val taken =
        node.getInputList.asScala.map(input => if (input == "x") "pad" else s"next/$input")
      node.toBuilder.setName(s"next/${node.getName}").clearInput.addAllInput(taken.asJava).build
    }
    val nodes = plain ++ next ++ Seq(
      op("twice", "AddV2", "relu", "relu"),
      paddings("zeros", 0, 0, 2, 0, 0, 0),
      node("pad", "Pad", "twice", "zeros").having("T" -> Float32, "Tpaddings" -> Int32)
    )
    val optimized = sameValues(graph(nodes: _*), "next/relu")
    assert(count(optimized, "_FusedConv2D") === 2)
  }

  test("a depthwise convolution of sequences, too") {
    val nodes = depthwise(plain, 3)
    val optimized = sameValues(graph(nodes: _*), "relu")
    assert(find(optimized, "relu/layertap_maps").getOp === "_FusedDepthwiseConv2dNative")
  }

  test("what is fetched, has other uses, or is no value for each channel, stays where it is") {
    def stays(kept: Set[String], nodes: Seq[NodeDef]): Boolean = {
      val optimized = optimize(graph(nodes: _*), kept + "x" + "relu")
      find(optimized, "relu").getOp == "Relu6"
    }
    for (nodes <- Seq(plain, dilated)) {
      assert(!stays(Set(), nodes))
      Seq("conv", "end_of_convolution", "add", "mul", "sub").foreach { name =>
        assert(stays(Set(name), nodes), name)
        assert(stays(Set("taker"), nodes :+ op("taker", "Abs", name)), name)
      }
      def changed(name: String, change: NodeDef => NodeDef): Boolean =
        stays(Set(), nodes.map(node => if (node.getName == name) change(node) else node))
      assert(changed("scale", _ => weights("scale", 12, channels.toLong)))
      assert(changed("scale", _ => weights("scale", 1, 1, 1, channels.toLong)))
      assert(changed("scale", _ => const("scale", 2f)))
      def waiting(node: NodeDef) = node.toBuilder.addInput("^x").build
      assert(changed("mul", waiting))
      assert(changed("relu", waiting))
      assert(changed("blocks", _ => placeholder("blocks", Int32)) || (nodes eq plain))
    }
    assert(stays(Set(), sequences +: (convolved("x", "end_of_convolution", -3) ++ normalization)))
    assert(stays(Set(), inDoubles(plain)))
  }

  test("so it does in maps whose pixels lie in several rows of the batch") {
    val wide = Seq(
      sequences,
      blocks("blocks", 2, 1),
      paddings("around", 1, 1, 0, 0),
      moved("to_batch", "SpaceToBatchND", "wide", "blocks", "around"),
      weights("w", 3, 1, channels.toLong, channels.toLong),
      convolution("conv", "to_batch", "w"),
      moved("end_of_convolution", "BatchToSpaceND", "conv", "blocks", "around")
    )
    val nodes = expanded("wide", "x", 2) ++ wide ++ normalization
    val optimized = sameValues(graph(nodes: _*), "relu")
    assert(find(optimized, "relu").getOp === "BatchToSpaceND")
    assert(find(optimized, "relu/layertap_maps").getOp === "_FusedConv2D")
  }
}

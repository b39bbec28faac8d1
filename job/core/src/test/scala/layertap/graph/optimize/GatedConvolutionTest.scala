package layertap.graph.optimize

import java.util.{Set => JavaSet}
import layertap.graph.Graphs._
import layertap.graph.precision.BFloat16Rewrite
import org.tensorflow.proto.DataType.{DT_BFLOAT16 => BFloat16}
import org.tensorflow.proto.{GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

/** Convolutions that run a swish, a mish or a hard swish while they write. */
class GatedConvolutionTest extends OptimizedGraphs {
  private val kept = Set("x", "end")
  private val end = op("end", "Neg", "gated")

  private val swish = Seq(op("sigmoid", "Sigmoid", "add"), op("gated", "Mul", "add", "sigmoid"))
  private val mish = Seq(
    op("softplus", "Softplus", "add"),
    op("tanh", "Tanh", "softplus"),
    op("gated", "Mul", "tanh", "add")
  )
  private val clipped = Seq(
    const("three", 3f),
    op("sum", "AddV2", "add", "three"),
    op("relu6", "Relu6", "sum")
  )

  /** As Keras 3, Keras 2 and the models of TensorFlow's model garden write it. */
  private val hardSwishes = Seq(
    clipped ++ Seq(
      const("six", 6f),
      op("sixth", "RealDiv", "relu6", "six"),
      op("gated", "Mul", "add", "sixth")
    ),
    clipped ++ Seq(
      const("factor", 1f / 6),
      op("sixth", "Mul", "relu6", "factor"),
      op("gated", "Mul", "add", "sixth")
    ),
    clipped.updated(1, op("sum", "Add", "three", "add")) ++ Seq(
      const("factor", 1f / 6),
      op("product", "Mul", "add", "relu6"),
      op("gated", "Mul", "product", "factor")
    )
  )

  /** Values on both sides of where a hard swish bends. */
  private val convolved =
    normalized.take(7).updated(2, vector("scale", 1f, -2f, 3f, 0.5f))

  private val channelwise = depthwise(convolved, 3, 3)

  private def requireFused(nodes: Seq[NodeDef], name: String): GraphDef = {
    val optimized = sameValues(graph(nodes :+ end: _*), "end")
    assert(fusedOps(optimized, "gated") === Seq("BiasAdd", name))
    val operations = optimized.getNodeList.asScala.filter(_.getOp != "Const").map(_.getName)
    val shown = operations.filterNot(_.startsWith("conv/layertap_folded/"))
    assert(shown.toSet === Set("x", "gated", "end"))
    optimized
  }

  test("an ordinary convolution runs all of them") {
    requireFused(convolved ++ swish, "_MklSwish")
    requireFused(convolved ++ mish, "Mish")
    hardSwishes.foreach(nodes => requireFused(convolved ++ nodes, "_FusedHardSwish"))
  }

  test("a depthwise one runs a hard swish alone") {
    hardSwishes.foreach(nodes => requireFused(channelwise ++ nodes, "_FusedHardSwish"))
    val others = Seq(swish -> "_MklSwish", mish -> "_MklFusedMish")
    others.foreach { case (nodes, alone) =>
      val optimized = sameValues(graph(channelwise ++ nodes :+ end: _*), "end")
      assert(fusedOps(optimized, "add") === Seq("BiasAdd"))
      assert(find(optimized, "gated").getOp === alone)
    }
  }

  test("it takes what a further convolution runs with") {
    val nodes = convolved ++ hardSwishes.head ++ convolutionBehind("gated")
    val optimized = sameValues(graph(nodes: _*), "end")
    assert(count(optimized, "_FusedConv2D") === 2)
  }

  test("other numbers, other uses, and what may not be finite, stay") {
    def isFused(nodes: Seq[NodeDef], kept: Set[String] = kept, isFedFinite: Boolean = true) = {
      val optimized = optimize(graph(nodes :+ end: _*), kept, isFedFinite = isFedFinite)
      optimized.getNodeList.asScala.exists { node =>
        node.containsAttr("fused_ops") && fusedOps(optimized, node.getName).size > 1
      }
    }
    hardSwishes.foreach { gate =>
      val nodes = convolved ++ gate
      assert(isFused(nodes))
      assert(!isFused(nodes, isFedFinite = false))
      Seq("add", "sum", "relu6").foreach(name => assert(!isFused(nodes, kept + name), name))
      assert(isFused(nodes, kept + "gated"))
      Seq("add", "sum", "relu6").foreach { name =>
        assert(!isFused(nodes :+ op("taker", "Abs", name), kept + "taker"), name)
      }
      def changed(name: String, change: NodeDef => NodeDef): Boolean =
        isFused(nodes.map(node => if (node.getName == name) change(node) else node))
      assert(!changed("three", _ => const("three", 2f)))
      assert(!changed("six", _ => const("six", 5f)) || !gate.exists(_.getName == "six"))
      assert(!changed("factor", _ => const("factor", 0.2f)) || !gate.exists(_.getName == "factor"))
      assert(!changed("relu6", _.toBuilder.setOp("Relu").build))
      assert(!changed("sum", _.toBuilder.setOp("Sub").build))
      assert(!changed("sum", _.toBuilder.addInput("^x").build))
      assert(!changed("gated", _.toBuilder.addInput("^x").build))
    }
  }

  test("without oneDNN's kernels they are the single ops again") {
    val input = values(2, 6, 6, channels.toLong).toArray
    for {
      convolution <- Seq(convolved, channelwise)
      gate <- swish +: mish +: hardSwishes
    } {
      val whole = graph(convolution ++ gate :+ end: _*)
      val optimized = optimize(whole, kept)
      val apart = FusedOps.forKernels(optimized, JavaSet.of())
      assert(FusedOps.forKernels(apart, JavaSet.of()) eq apart)
      val fused = apart.getNodeList.asScala.filter(_.containsAttr("fused_ops"))
      if (convolution eq convolved) {
        assert(fused.map(_.getName) === Seq("gated/BiasAdd"))
        assert(fusedOps(apart, "gated/BiasAdd") === Seq("BiasAdd"))
      } else assert(fused.isEmpty)
      assert(find(apart, "gated").getOp === "Mul")
      val (found, expected) = (run(apart, "end", input), run(whole, "end", input))
      found.zip(expected).foreach { case (a, b) => assert(math.abs(a - b) <= 1e-5) }
    }
  }

  test("in bfloat16 they are fused by oneDNN's own op, and the single ops without it") {
    val input = values(2, 6, 6, channels.toLong).toArray
    for {
      convolution <- Seq(convolved, channelwise)
      gate <- swish +: hardSwishes
    } {
      val whole = graph(convolution ++ gate :+ end: _*)
      val reduced = BFloat16Rewrite.rewrite(optimize(whole, kept), kept.asJava)
      val expected = run(whole, "end", input)
      val apart = FusedOps.forKernels(reduced, JavaSet.of())
      Seq(reduced, apart).foreach { graph =>
        run(graph, "end", input).zip(expected).foreach { case (a, b) =>
          assert(math.abs(a - b) <= 0.06 * math.max(1, math.abs(b)))
        }
      }
      val byOneDnn = FusedOps.forKernels(reduced, JavaSet.of(BFloat16))
      val name =
        if (convolution eq convolved) "_MklNativeFusedConv2D" else "_FusedDepthwiseConv2dNative"
      assert(count(byOneDnn, name) === 1)
    }
  }
}

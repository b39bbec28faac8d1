package layertap.graph.optimize

import java.util.{Set => JavaSet}
import layertap.graph.Graphs._
import layertap.graph.precision.BFloat16Rewrite
import org.tensorflow.proto.{DataType, GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

class SelfGateTest extends OptimizedGraphs {
  private val swish = Seq(
    maps,
    op("sigmoid", "Sigmoid", "x"),
    op("swish", "Mul", "x", "sigmoid"),
    op("end", "Neg", "swish")
  )

  private val mish = Seq(
    maps,
    op("softplus", "Softplus", "x"),
    op("tanh", "Tanh", "softplus"),
    op("mish", "Mul", "x", "tanh"),
    op("end", "Neg", "mish")
  )

  private def isFused(graph: GraphDef): Boolean = count(graph, "_MklSwish") == 1

  private def isMish(graph: GraphDef): Boolean = count(graph, "_MklFusedMish") == 1

  test("a value times its own sigmoid is one op, whichever comes first") {
    Seq(Seq("x", "sigmoid"), Seq("sigmoid", "x")).foreach { factors =>
      val nodes = swish.updated(2, op("swish", "Mul", factors: _*))
      val optimized = sameValues(graph(nodes: _*), "swish", "end")
      assert(find(optimized, "swish").getOp === "_MklSwish")
      assert(inputs(optimized, "swish") === Seq("x"))
      assert(!names(optimized).contains("sigmoid"))
    }
  }

  test("a value times the hyperbolic tangent of its own softplus is one op") {
    Seq(Seq("x", "tanh"), Seq("tanh", "x")).foreach { factors =>
      val nodes = mish.updated(3, op("mish", "Mul", factors: _*))
      val optimized = sameValues(graph(nodes: _*), "mish", "end")
      assert(isMish(optimized))
      assert(inputs(optimized, "mish") === Seq("x"))
      assert(names(optimized) === Seq("x", "mish", "end"))
    }
  }

  test("as Keras writes it: behind a convolution, with a factor of one") {
    val nodes = normalized.take(7) ++ Seq(
      const("beta", 1f),
      op("times", "Mul", "beta", "add"),
      op("sigmoid", "Sigmoid", "times"),
      op("swish", "Mul", "add", "sigmoid"),
      op("end", "Identity", "swish")
    )
    val optimized = sameValues(graph(nodes: _*), "end")
    assert(names(optimized).filter(_.startsWith("swish")) === Seq("swish"))
    assert(find(optimized, "swish").getOp === "_FusedConv2D")
    assert(fusedOps(optimized, "swish") === Seq("BiasAdd", "_MklSwish"))
    assert(!names(optimized).exists(Set("add", "times", "sigmoid")))
  }

  test("the maps behind it have the size of those before it") {
    val optimized = sameValues(graph(swish.take(3) ++ convolutionBehind("swish"): _*), "end")
    assert(isFused(optimized))
    assert(count(optimized, "_FusedConv2D") === 1)
  }

  test("other sigmoids and other products stay") {
    assertStay(swish)(
      _ :+ op("taker", "Neg", "sigmoid"),
      _.updated(2, op("swish", "Mul", "sigmoid", "sigmoid")),
      _.updated(2, op("swish", "AddV2", "x", "sigmoid")),
      nodes => nodes.updated(1, nodes(1).toBuilder.addInput("^x").build),
      nodes => nodes.updated(2, nodes(2).toBuilder.addInput("^x").build),
      nodes => op("other", "Abs", "x") +: nodes.updated(2, op("swish", "Mul", "other", "sigmoid")),
      inDoubles
    )
    assertStay(mish)(
      _ :+ op("taker", "Neg", "softplus"),
      _ :+ op("taker", "Neg", "tanh"),
      _.updated(2, op("tanh", "Sigmoid", "softplus")),
      _.updated(3, op("mish", "Mul", "softplus", "tanh")),
      nodes => nodes.updated(2, nodes(2).toBuilder.addInput("^x").build)
    )
    Seq("softplus", "tanh").foreach { fetched =>
      val whole = graph(mish: _*)
      assert(optimize(whole, Set("x", fetched, "end")) eq whole, s"$fetched is fetched")
    }
    val whole = graph(swish: _*)
    assert(optimize(whole, Set("x", "sigmoid", "end")) eq whole, "sigmoid is fetched")
    assert(optimize(whole, Set("x", "end"), exact = Seq("swish")) eq whole)
    assert(isFused(optimize(whole, Set("x", "swish", "end"))))
  }

  test("infinities, large values, and what is not a number, go through it as through the two ops") {
    val input = values(2, 6, 6, channels.toLong).toArray
    val special =
      Seq(Float.NaN, Float.PositiveInfinity, Float.NegativeInfinity, 88f, -88f, -104f) ++
        Seq(1e10f, -1e10f, Float.MaxValue, -Float.MaxValue, 0f, -0f, Float.MinPositiveValue)
    special.copyToArray(input)
    Seq(swish -> 1e-30f, mish -> 1e-6f).foreach { case (nodes, tolerance) =>
      val whole = graph(nodes: _*)
      val optimized = optimize(whole, Set("x", "end"), isFedFinite = false)
      assert(isFused(optimized) || isMish(optimized))
      val (found, expected) = (run(optimized, "end", input), run(whole, "end", input))
      found.zip(expected).take(special.size).foreach { case (a, b) =>
        assert(a == b || (a.isNaN && b.isNaN) || math.abs(a - b) <= tolerance, s"$a is not $b")
      }
      assert(found.map(_.isNaN) === expected.map(_.isNaN))
    }
  }

  test("a row's values are the same in every batch") {
    val optimized = optimize(graph(swish: _*), Set("x", "end"))
    val input = values(2, 6, 6, channels.toLong).toArray
    val turned = input.drop(input.length / 2) ++ input.take(input.length / 2)
    val found = run(optimized, "end", input)
    assert(
      run(optimized, "end", turned) === found.drop(found.size / 2) ++ found.take(found.size / 2)
    )
  }

  test("without oneDNN's kernel it is the two ops again, in bfloat16 too") {
    val optimized = optimize(graph(swish: _*), Set("x", "end"))
    val apart = FusedOps.forKernels(optimized, JavaSet.of(DataType.DT_BFLOAT16))
    assert(find(apart, "swish/sigmoid").getOp === "Sigmoid")
    assert(inputs(apart, "swish/sigmoid") === Seq("x"))
    assert(find(apart, "swish").getOp === "Mul")
    assert(inputs(apart, "swish") === Seq("x", "swish/sigmoid"))
    val input = values(2, 6, 6, channels.toLong).toArray
    run(apart, "end", input).zip(run(optimized, "end", input)).foreach { case (a, b) =>
      assert(math.abs(a - b) <= 1e-6)
    }
    assert(FusedOps.forKernels(apart, JavaSet.of()) eq apart)
    val mishApart =
      FusedOps.forKernels(optimize(graph(mish: _*), Set("x", "end")), JavaSet.of())
    assert(inputs(mishApart, "mish/softplus") === Seq("x"))
    assert(inputs(mishApart, "mish/tanh") === Seq("mish/softplus"))
    assert(inputs(mishApart, "mish") === Seq("x", "mish/tanh"))
    assert(run(mishApart, "end", input) === run(graph(mish: _*), "end", input))
    assert(FusedOps.forKernels(optimized, JavaSet.of(DataType.DT_FLOAT)) eq optimized)
  }

  test("between products it computes in their type") {
    val nodes = normalized.take(6) ++ Seq(
      op("sigmoid", "Sigmoid", "mul"),
      op("swish", "Mul", "mul", "sigmoid"),
      weights("v", 1, 1, channels.toLong, 2),
      convolution("end", "swish", "v")
    )
    val kept = Set("x", "end")
    val reduced = BFloat16Rewrite.rewrite(optimize(graph(nodes: _*), kept), kept.asJava)
    val fused = find(reduced, "swish/layertap_bfloat16")
    assert(fused.getOp === "_MklSwish")
    assert(fused.getAttrOrThrow("T").getType === DataType.DT_BFLOAT16)
    val input = values(2, 6, 6, channels.toLong).toArray
    run(reduced, "end", input).zip(run(graph(nodes: _*), "end", input)).foreach { case (a, b) =>
      assert(math.abs(a - b) <= 0.06)
    }
  }
}

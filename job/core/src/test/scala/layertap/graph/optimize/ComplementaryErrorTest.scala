package layertap.graph.optimize

import layertap.graph.Graphs._
import org.tensorflow.proto.{GraphDef, NodeDef}

class ComplementaryErrorTest extends OptimizedGraphs {
  // as TensorFlow 2.21 writes the exact GELU: x / 2 · erfc(-x / sqrt(2))
  private val gelu = Seq(
    maps,
    const("half", 0.5f),
    const("root", math.sqrt(2).toFloat),
    op("halved", "Mul", "half", "x"),
    op("negative", "Neg", "x"),
    op("scaled", "RealDiv", "negative", "root"),
    op("erfc", "Erfc", "scaled"),
    op("gelu", "Mul", "halved", "erfc"),
    op("end", "Identity", "gelu")
  )

  private def isReplaced(graph: GraphDef): Boolean =
    count(graph, "Erfc") == 0 && count(graph, "Erf") == 1

  test("a product with the complementary error function takes the error function") {
    val optimized = sameValues(graph(gelu: _*), "gelu", "end")
    assert(isReplaced(optimized))
    assert(find(optimized, "erfc").getOp === "AddV2")
    assert(inputs(optimized, "scaled") === Seq("x", "root"), "which is odd: no change of sign")
    assert(!names(optimized).contains("negative"))
    assert(inputs(optimized, "gelu") === Seq("halved", "erfc"))
  }

  test("so does one that is halved before it is multiplied") {
    val changed = gelu
      .updated(3, op("halved", "Mul", "half", "erfc"))
      .updated(7, op("gelu", "Mul", "halved", "x"))
    assert(isReplaced(sameValues(graph(changed: _*), "end")))
  }

  test("with the factor first, and without a change of sign that nobody else takes") {
    val changes = Seq[(Seq[NodeDef], String)](
      gelu.updated(5, op("scaled", "Mul", "root", "negative")) -> "AddV2",
      gelu.updated(5, op("scaled", "RealDiv", "x", "root")) -> "Sub",
      gelu.updated(5, op("scaled", "AddV2", "negative", "root")) -> "Sub",
      (gelu :+ op("taker", "Abs", "negative")) -> "Sub",
      (gelu :+ op("taker", "Abs", "scaled")) -> "Sub",
      gelu.updated(4, op("negative", "Neg", "x").toBuilder.addInput("^x").build) -> "Sub"
    )
    changes.foreach { case (nodes, expected) =>
      val optimized = sameValues(graph(nodes: _*), "end")
      assert(isReplaced(optimized))
      assert(find(optimized, "erfc").getOp === expected)
    }
    Seq("negative", "scaled").foreach { fetched =>
      assert(find(sameValues(graph(gelu: _*), "end", fetched), "erfc").getOp === "Sub")
    }
  }

  test("infinities, large values, and what is not a number, go through it as before") {
    val input = values(2, 6, 6, channels.toLong).toArray
    val special = Seq(Float.NaN, Float.PositiveInfinity, Float.NegativeInfinity, 5f, -5f, 20f) ++
      Seq(-20f, 1e10f, -1e10f, 0f, -0f, Float.MinPositiveValue)
    special.copyToArray(input)
    val whole = graph(gelu: _*)
    val optimized = optimize(whole, Set("x", "end"), isFedFinite = false)
    assert(isReplaced(optimized))
    run(optimized, "end", input).zip(run(whole, "end", input)).foreach { case (a, b) =>
      assert(a == b || (a.isNaN && b.isNaN) || math.abs(a - b) <= 1e-5f, s"$a is not $b")
    }
  }

  test("a convolution before it and one behind it are fused as behind other activations") {
    val nodes = normalized.take(7) ++ gelu.slice(1, 8).map { node =>
      val renamed = node.toBuilder
      (0 until node.getInputCount)
        .filter(node.getInput(_) == "x")
        .foreach(renamed.setInput(_, "add"))
      renamed.build
    } ++ convolutionBehind("gelu")
    val optimized = sameValues(graph(nodes: _*), "end")
    assert(isReplaced(optimized))
    assert(count(optimized, "_FusedConv2D") === 2)
  }

  test("a share of a normal distribution is small, and its logarithm large") {
    val share =
      gelu.updated(7, op("gelu", "Mul", "erfc", "half")).updated(4, op("negative", "Abs", "x"))
    val whole = graph(share :+ op("log", "Log", "gelu"): _*)
    val input = Array.fill(fedSizes.product.toInt)(9f)
    // ln(erfc(9 / sqrt(2)) / 2) by SciPy: log_ndtr(-9)
    run(optimize(whole, Set("x", "log")), "log", input).foreach { value =>
      assert(math.abs(value + 43.62815f) < 1e-3f)
    }
  }

  test("others stay: what is left of one may be small, and a logarithm of it large") {
    assertStay(gelu)(
      _.updated(7, op("gelu", "Log", "erfc")),
      _.updated(7, op("gelu", "Mul", "half", "erfc")),
      _.updated(3, op("halved", "Mul", "x", "x")),
      _.updated(5, op("scaled", "RealDiv", "root", "negative")),
      _.updated(8, op("end", "Log", "gelu")),
      _ :+ op("taker", "Neg", "erfc"),
      nodes => nodes.updated(6, nodes(6).toBuilder.addInput("^x").build),
      inDoubles
    )
    val whole = graph(gelu: _*)
    assert(optimize(whole, Set("x", "erfc", "end")) eq whole, "it is fetched")
    assert(optimize(whole, Set("x", "end"), exact = Seq("gelu")) eq whole)
  }
}

package layertap.graph.rewrite

import layertap.graph.inline.FunctionInliner
import layertap.failure.GraphException
import layertap.graph.GraphIndex
import layertap.graph.TensorId
import layertap.graph.Graphs._
import layertap.graph.rewrite.PrunerTopologies.Topology
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.GraphDef
import scala.jdk.CollectionConverters._

class PrunerTest extends AnyFunSuite {

  /** The graph without calls, and the tensor in the place of `call`. */
  private def flatten(source: GraphDef): (GraphDef, TensorId) = {
    val flat = FunctionInliner.inline(source, java.util.List.of("call"), ops)
    val bypass = CallBypass.of(new GraphIndex(flat.graph, ops), flat.calls)
    (bypass.apply(flat.graph), bypass.resolve(new TensorId("call", 0)))
  }

  private def prune(graph: GraphDef, fetch: TensorId): GraphDef =
    Pruner.prune(new GraphIndex(graph, ops), java.util.List.of(fetch))

  private def controls(graph: GraphDef): Set[(String, String)] =
    names(graph).flatMap { name =>
      inputs(graph, name).filter(TensorId.isControl(_)).map(name -> TensorId.nodeOf(_))
    }.toSet

  for {
    topology <- PrunerTopologies.all
    (place, build) <- Seq[(String, Topology => GraphDef)](
      "" -> PrunerTopologies.atTop,
      " inside a function" -> PrunerTopologies.inFunction
    )
  } test(s"${topology.name}$place") {
    val (source, fetch) = flatten(build(topology))
    val prefix = fetch.node.stripSuffix("y")
    val pruned = prune(source, fetch)
    val kept = topology.nodes.map(_.getName).filterNot(topology.dropped)
    assert(kept.map(prefix + _).toSet.subsetOf(names(pruned).toSet))
    assert(topology.dropped.map(prefix + _).intersect(names(pruned).toSet) === Set())
    assert(controls(pruned) === topology.controls.map { case (a, b) => (prefix + a, prefix + b) })
    assert(prune(pruned, fetch) === pruned)
  }

  test("nothing but the needed is kept, in its order") {
    val (source, fetch) = flatten(PrunerTopologies.atTop(PrunerTopologies.heads))
    assert(names(prune(source, fetch)) === Seq("x", "trunk", "y"))
  }

  test("control edges of TensorFlow 1 branches are all kept: they tell where a constant lives") {
    // x, p ─▶ switch ─▶ branch ┄▶ one ─▶ add ─▶ merge
    val branches = graph(
      placeholder("x"),
      placeholder("p", Bool),
      float("switch", "Switch", "x", "p"),
      identity("branch", "switch:1"),
      const("one", 1).toBuilder.addInput("^branch").build,
      float("add", "AddV2", "switch:1", "one"),
      node("merge", "Merge", "switch", "add").having("T" -> Float32, "N" -> 2),
      float("unused", "Relu", "merge")
    )
    val pruned = prune(branches, new TensorId("merge", 0))
    assert(names(pruned) === names(branches).filter(_ != "unused"))
    assert(controls(pruned) === Set("one" -> "branch"))
  }

  test("a placeholder that is fetched stays alone") {
    val source = graph(placeholder("x"), float("relu", "Relu", "x"))
    assert(names(prune(source, new TensorId("x", 0))) === Seq("x"))
  }

  test("functions that only dropped nodes name are dropped") {
    val (source, fetch) = flatten(PrunerTopologies.atTop(PrunerTopologies.guarded))
    assert(functionNames(prune(source, fetch)).toSet === Set("asserting", "relu"))
    assert(functionNames(prune(source, new TensorId("x", 0))) === Seq())
  }

  test("the graph's versions are kept: TensorFlow reads attributes by them") {
    val source = graph(placeholder("x"))
    assert(prune(source, new TensorId("x", 0)).getVersions === source.getVersions)
  }

  test("a tensor that is not there") {
    val e = intercept[GraphException](prune(graph(placeholder("x")), new TensorId("gone", 0)))
    assert(e.getMessage === "cannot read the graph: it has no node 'gone'")
  }
}

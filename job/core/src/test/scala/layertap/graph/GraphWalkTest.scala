package layertap.graph

import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite

/** {{{
  * x ─▶ a ─▶ b ─▶ c ─▶ end      late ─▶ end (control)
  * └──────────────▶ short ─▶ end
  * }}}
  */
class GraphWalkTest extends AnyFunSuite {
  private val index = new GraphIndex(
    graph(
      placeholder("x"),
      float("a", "Relu", "x"),
      float("b", "Relu", "a"),
      float("c", "Relu", "b"),
      float("short", "Relu", "x"),
      node("late", "NoOp"),
      float("end", "AddV2", "c", "short", "^late")
    ),
    ops
  )

  private val data = GraphWalk.of(index).along(index.sources(_))

  private def at(name: String): Int = index.require(name)

  private def named(reached: Array[Boolean]): Seq[String] =
    reached.toSeq.zipWithIndex.collect { case (true, i) => index.node(i).getName }

  test("a walk reaches all along its edges, and where it starts") {
    assert(named(data.from(at("b"))) === Seq("x", "a", "b"))
    assert(named(data.from(at("a"), at("short"))) === Seq("x", "a", "short"))
    assert(named(data.from()) === Seq())
    val down = GraphWalk.of(index).along(index.consumers(_))
    assert(named(down.from(at("b"))) === Seq("b", "c", "end"))
  }

  test("a walk takes several kinds of edges, each with a condition of its own") {
    val both = data.along(index.controls(_))
    assert(named(both.from(at("end"))) === named(Array.fill(index.size)(true)))
    val none = data.along(index.controls(_), (_: Int) => false)
    assert(named(none.from(at("end"))) === Seq("x", "a", "b", "c", "short", "end"))
    val followers = GraphWalk.of(index).along(index.followers(_))
    assert(named(followers.from(at("late"))) === Seq("late", "end"))
  }

  test("a walk ends at nodes that it does not pass, but goes on from its start") {
    val until = data.through(position => position != at("b") && position != at("end"))
    assert(named(until.from(at("end"))) === Seq("x", "b", "c", "short", "end"))
    assert(named(until.from(at("b"))) === Seq("x", "a", "b"))
  }

  test("a shortest way, both ends with it") {
    def way(from: String, to: String) = data.way(at(from), at(to)).map(index.node(_).getName).toSeq
    assert(way("end", "x") === Seq("end", "short", "x"))
    assert(way("c", "x") === Seq("c", "b", "a", "x"))
    assert(way("c", "c") === Seq("c"))
    assert(way("x", "end") === Seq())
  }

  test("a loop of TensorFlow 1 is walked once") {
    val loop = new GraphIndex(
      graph(
        placeholder("x"),
        float("enter", "Enter", "x"),
        float("merge", "Merge", "enter", "next"),
        float("next", "NextIteration", "merge")
      ),
      ops
    )
    val reached = GraphWalk.of(loop).along(loop.sources(_)).from(loop.require("merge"))
    assert(reached.toSeq === Seq(true, true, true, true))
  }
}

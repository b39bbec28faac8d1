package layertap.model.layers.call

import layertap.model.layers.Region
import layertap.model.layers.scope.Scope
import layertap.graph.Graphs._
import layertap.graph.GraphIndex
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class CallSplitterTest extends AnyFunSuite {

  /** The parts of traced calls, each of so many ops of a chain. */
  private def split(callCount: Int, traced: Seq[String]*): Seq[Seq[Int]] = {
    val chain = traced.flatten.scanLeft(placeholder("x")) { (before, op) =>
      float(s"${before.getName}y", op, before.getName)
    }
    val index = new GraphIndex(graph(chain: _*), ops)
    val scope = Scope.tree(index)
    val starts = traced.scanLeft(1)(_ + _.size)
    val regions = traced.zip(starts).map { case (ops, start) =>
      new TracedCall(scope, new Region(Array.range(start, start + ops.size)))
    }
    CallSplitter
      .split(regions.asJava, callCount, index)
      .asScala
      .map(_.region.positions.toSeq)
      .toSeq
  }

  test("as many traced calls as calls") {
    assert(split(2, Seq("Relu"), Seq("Relu")) === Seq(Seq(1), Seq(2)))
  }

  test("two calls that follow each other repeat their ops") {
    assert(split(2, Seq("Relu", "Relu")) === Seq(Seq(1), Seq(2)))
    assert(split(2, Seq("Relu", "Tanh", "Relu", "Tanh")) === Seq(Seq(1, 2), Seq(3, 4)))
  }

  test("two that follow each other and one apart") {
    assert(split(3, Seq("Relu", "Relu"), Seq("Relu")) === Seq(Seq(1), Seq(2), Seq(3)))
  }

  test("two calls that repeat their ops in themselves are halves") {
    assert(split(2, Seq("Relu", "Relu", "Relu", "Relu")) === Seq(Seq(1, 2), Seq(3, 4)))
  }

  test("what does not repeat cannot be told apart") {
    assert(split(2, Seq("Relu", "Tanh", "Relu")) === Seq(Seq(1, 2, 3)))
  }

  test("one call that was traced in parts") {
    assert(split(1, Seq("Relu"), Seq("Tanh", "Relu")) === Seq(Seq(1, 2, 3)))
  }

  test("traced calls of a layer that is listed without a call") {
    assert(split(0, Seq("Relu", "Relu")) === Seq(Seq(1, 2)))
  }

  test("no traced calls") {
    assert(split(2) === Seq())
  }
}

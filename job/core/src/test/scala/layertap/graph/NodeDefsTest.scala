package layertap.graph

import layertap.testing.NativeRun
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType

class NodeDefsTest extends AnyFunSuite {
  private val float = DataType.DT_FLOAT

  test("a graph of constants and ops runs") {
    val nodes = new NodeDefs("own/")
    val sum = nodes
      .node("AddV2", "sum", nodes.vector("vector", 1f, 2f), nodes.scalar("scalar", 0.5f))
      .attribute("T", float)
      .add()
    assert(sum === new TensorId("own/sum", 0))
    assert(NativeRun(nodes.toGraph, "own/sum") === Seq(1.5, 2.5))
  }

  test("integers of constants and all kinds of attributes are as TensorFlow reads them") {
    val nodes = new NodeDefs("")
    val x = nodes
      .node("Placeholder", "x")
      .attribute("dtype", float)
      .attribute("shape", Graphs.shape(-1))
      .add()
    val rows =
      nodes.node("Reshape", "rows", x, nodes.vector("sizes", 2, -1)).attribute("T", float).add()
    val squeezed = nodes
      .node("Sum", "sums", rows, nodes.scalar("axis", 1))
      .attribute("T", float)
      .attribute("keep_dims", true)
      .add()
    nodes
      .node("Squeeze", "squeezed", squeezed)
      .attribute("T", float)
      .attribute("squeeze_dims", java.util.List.of[java.lang.Long](1L))
      .add()
    assert(NativeRun(nodes.toGraph, "squeezed", "x" -> Seq(1f, 2f, 3f, 4f)) === Seq(3, 7))
  }

  test("an input that is not the first output is written with its position") {
    val nodes = new NodeDefs("")
    val split = nodes.node("Split", "split", nodes.scalar("axis", 0), nodes.vector("v", 1f, 2f))
    split.attribute("T", float).attribute("num_split", 2L).add()
    nodes.node("Relu", "y", new TensorId("split", 1)).attribute("T", float).add()
    assert(NativeRun(nodes.toGraph, "y") === Seq(2))
  }

  test("the nodes so far do not change when more come") {
    val nodes = new NodeDefs("")
    nodes.scalar("one", 1)
    val before = nodes.nodes
    nodes.scalar("two", 2)
    assert(before.size === 1)
  }
}

package layertap.graph

import layertap.failure.GraphException
import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, GraphDef}

class GraphIndexTest extends AnyFunSuite {
  // x ─▶ split ─▶ add ─▶ relu        NoOp ┄▶ add
  //        └─:1──▲
  private val source = graph(
    placeholder("x"),
    intConst("axis", 0),
    node("split", "Split", "axis", "x").having("num_split" -> 2, "T" -> Float32),
    node("NoOp", "NoOp", "^x"),
    float("add", "AddV2", "split", "split:1", "^NoOp")
      .having("_output_shapes" -> Seq(shape(-1, 3))),
    float("relu", "Relu", "add:0")
  )
  private val index = new GraphIndex(source, ops)
  private val Seq(x, axis, split, noOp, add, relu) = (0 until 6).toSeq

  private def refused(graph: GraphDef): String =
    intercept[GraphException](new GraphIndex(graph, ops)).getMessage

  private def marked(marks: Array[Boolean]): Seq[Int] = marks.indices.filter(marks(_))

  test("data and control inputs are told apart") {
    assert(index.sources(add).toSeq === Seq(split, split))
    assert(index.sourceOutputs(add).toSeq === Seq(0, 1))
    assert(index.controls(add).toSeq === Seq(noOp))
    assert(index.inputTensor(add, 1) === new TensorId("split", 1))
    assert(index.inputTensors(relu) === java.util.List.of(new TensorId("add", 0)))
  }

  test("a consumer counts once for each input that it takes") {
    assert(index.consumers(split).toSeq === Seq(add, add))
    assert(index.consumers(x).toSeq === Seq(split))
    assert(index.consumers(relu).toSeq === Seq())
  }

  test("ancestors come through data and control edges") {
    assert(marked(index.ancestorsOf(add)) === Seq(x, axis, split, noOp, add))
    assert(marked(index.ancestorsOf(noOp)) === Seq(x, noOp))
  }

  test("descendants come through data alone") {
    assert(marked(index.descendantsOf(axis)) === Seq(axis, split, add, relu))
    assert(marked(index.descendantsOf(noOp)) === Seq(noOp))
  }

  test("the cycle of a loop is followed once") {
    // x ─▶ merge ─▶ next ─▶ (merge)
    val loop = new GraphIndex(
      graph(
        placeholder("x"),
        node("merge", "Merge", "x", "next").having("T" -> Float32, "N" -> 2),
        float("next", "NextIteration", "merge")
      ),
      ops
    )
    assert(marked(loop.ancestorsOf(1)) === Seq(0, 1, 2))
    assert(marked(loop.descendantsOf(2)) === Seq(1, 2))
  }

  test("nodes by name") {
    assert(index.find("split").getAsInt === split)
    assert(index.find("gone").isEmpty)
    assert(
      intercept[GraphException](index.require("gone")).getMessage ===
        "cannot read the graph: it has no node 'gone'"
    )
  }

  test("an output is there if the op has so many") {
    assert(index.contains(new TensorId("split", 1)))
    assert(!index.contains(new TensorId("split", 2)))
    assert(!index.contains(new TensorId("NoOp", 0)))
    assert(!index.contains(new TensorId("gone", 0)))
  }

  test("an op that nobody defines may have any output") {
    val custom = new GraphIndex(graph(node("c", "SomebodysOp")), ops)
    assert(custom.contains(new TensorId("c", 7)))
    assert(custom.`type`(new TensorId("c", 7)) === DataType.DT_INVALID)
  }

  test("dtypes and noted shapes of outputs") {
    assert(index.`type`(new TensorId("split", 1)) === Float32)
    assert(index.`type`(new TensorId("axis", 0)) === Int32)
    assert(index.outputTypes(noOp).isEmpty)
    assert(TensorShape.of(index.notedShape(new TensorId("add", 0)).get) === shape(-1, 3))
    assert(index.notedShape(new TensorId("add", 1)).isEmpty)
    assert(index.notedShape(new TensorId("relu", 0)).isEmpty)
  }

  test("a graph with two nodes of a name") {
    assert(
      refused(graph(placeholder("x"), placeholder("x"))) ===
        "cannot read the graph: two nodes are called 'x'"
    )
  }

  Seq("gone", "gone:1", "^gone").foreach { input =>
    test(s"a graph with an input $input that is not there") {
      assert(
        refused(graph(node("y", "Relu", input))) ===
          s"cannot read the graph: node 'y' takes '$input', which is not there"
      )
    }
  }

  test("a graph with an input that names no output") {
    assert(
      refused(graph(placeholder("x"), node("y", "Relu", "x:out"))) ===
        "cannot read the tensor name 'x:out': no index after ':'"
    )
  }
}

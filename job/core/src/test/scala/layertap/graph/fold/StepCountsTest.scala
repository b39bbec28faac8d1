package layertap.graph.fold

import layertap.graph.Graphs._
import layertap.graph.{RecurrentLoop, TensorId, TensorShape}
import layertap.graph.rewrite.StepRecording
import layertap.testing.NativeRun
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{AttrValue, GraphDef, NodeDef}

class StepCountsTest extends AnyFunSuite {
  private val open = -1L

  private def note(graph: GraphDef, shapes: (String, TensorShape)*): Option[GraphDef] = {
    val known = shapes.toMap
    val noted = StepCounts.note(
      graph,
      (tensor: TensorId) => known.getOrElse(tensor.node, TensorShape.unknown)
    )
    Option(noted.orElse(null))
  }

  private def count(graph: GraphDef, stack: String): Long =
    find(graph, stack).getAttrOrThrow("num_elements").getI

  /** A graph whose stacks do not say how many elements they take. */
  private def silent(graph: GraphDef): GraphDef = {
    val changed = graph.toBuilder
    changed.getNodeBuilderList.forEach { node =>
      if (node.getOp == "TensorListStack")
        node.putAttr("num_elements", AttrValue.newBuilder.setI(open).build): Unit
    }
    changed.build
  }

  private val loop = new RecurrentLoop("rnn", keepsAll = true)

  /** The loop with another count of its list. */
  private def counted(count: NodeDef*): GraphDef = {
    val graph = silent(loop.graph).toBuilder
    val at = (0 until graph.getNodeCount).find(graph.getNode(_).getName == "rnn/count").get
    graph.setNode(at, count.last)
    count.init.foreach(graph.addNode)
    graph.build
  }

  // x ─▶ Shape ─▶ StridedSlice ─▶ count
  private def sizeOfX(axis: Int): Seq[NodeDef] = Seq(
    node("sizes", "Shape", "x").having("T" -> Float32, "out_type" -> Int32),
    intConst("begin", axis),
    intConst("end", axis + 1),
    intConst("by", 1),
    node("rnn/count", "StridedSlice", "sizes", "begin", "end", "by")
      .having("T" -> Int32, "Index" -> Int32, "shrink_axis_mask" -> 1)
  )

  private val x = Seq(1f, 20f, 300f)

  test("the elements that a constant says, and the values stay the same") {
    val noted = note(silent(loop.graph)).get
    assert(count(noted, "rnn/stack") === 3)
    assert(NativeRun(noted, "rnn/stack:0", "x" -> x) === Seq(1, 21, 321))
    assert(note(noted) === None)
  }

  test("the elements that the shape of the input says") {
    val graph = counted(sizeOfX(0): _*)
    assert(count(note(graph, "x" -> shape(3, -1)).get, "rnn/stack") === 3)
    assert(count(note(counted(sizeOfX(-1): _*), "x" -> shape(-1, 7)).get, "rnn/stack") === 7)
    assert(note(graph, "x" -> shape(-1, 3)) === None)
    assert(note(graph) === None)
    assert(note(counted(sizeOfX(2): _*), "x" -> shape(3, 3)) === None)
  }

  test("the elements of a list that a tensor was cut into, behind a loop that keeps all steps") {
    val last = new RecurrentLoop("rnn", keepsAll = false)
    val recording = new StepRecording("rnn/while", 1, 3, "rnn/stack", "rnn/stack")
    val graph = recording.apply(last.graph)
    val noted = note(graph, "x" -> shape(3)).get
    assert(count(noted, recording.sequence.node) === 3)
    assert(count(noted, "rnn/stack") === 1)
    assert(NativeRun(noted, recording.sequence.toString, "x" -> x) === Seq(1, 21, 321))
    assert(note(graph) === None)
  }

  test("a list that may grow in the loop, or that other ops change, has no count") {
    def withBody(change: NodeDef => NodeDef): GraphDef = {
      val graph = silent(loop.graph).toBuilder
      graph.getLibraryBuilder.getFunctionBuilderList.forEach { function =>
        (0 until function.getNodeDefCount).foreach { i =>
          val node = function.getNodeDef(i)
          if (node.getName == "write") function.setNodeDef(i, change(node)): Unit
        }
      }
      graph.build
    }
    assert(note(withBody(node => node)).isDefined)
    assert(note(withBody(_.having("resize_if_index_out_of_bounds" -> true))) === None)
    assert(note(withBody(_.toBuilder.setOp("TensorListPushBack").build)) === None)
    val without = silent(loop.graph).toBuilder
    without.getLibraryBuilder.removeFunction(1)
    assert(note(without.build) === None)
  }

  test("a count that is no number of elements is none") {
    assert(note(counted(intConst("rnn/count", -3))) === None)
    assert(note(counted(intConst("rnn/count", 3, 4))) === None)
    assert(note(counted(placeholder("rnn/count", Int32))) === None)
    val round = counted(int("rnn/count", "Identity", "rnn/count"))
    assert(note(round) === None)
  }

  // n ─▶ TensorArrayV3 ─▶ TensorArraySizeV3 ─▶ Range ─▶ TensorArrayGatherV3
  private def array(dynamic: Boolean, from: Int = 0): GraphDef = graph(
    Seq(
      intConst("n", 4),
      node("array", "TensorArrayV3", "n").having("dtype" -> Float32, "dynamic_size" -> dynamic),
      node("size", "TensorArraySizeV3", "array", "array:1"),
      intConst("from", from),
      intConst("by", 1),
      node("all", "Range", "from", "size", "by").having("Tidx" -> Int32),
      node("steps", "TensorArrayGatherV3", "array", "all", "array:1").having("dtype" -> Float32)
    ): _*
  )

  test("the elements of an array of TensorFlow 1 that cannot grow") {
    val noted = note(array(dynamic = false)).get
    assert(inputs(noted, "steps") === Seq("array", "steps/layertap_indices", "array:1"))
    assert(inputs(noted, "steps/layertap_indices") === Seq("from", "steps/layertap_limit", "by"))
    assert(
      find(noted, "steps/layertap_limit").getAttrOrThrow("value").getTensor.getIntVal(0) === 4
    )
    assert(note(noted) === None)
    assert(note(array(dynamic = true)) === None)
    assert(note(array(dynamic = false, from = 1)) === None)
  }
}

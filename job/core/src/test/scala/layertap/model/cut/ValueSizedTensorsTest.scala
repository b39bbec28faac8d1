package layertap.model.cut

import layertap.graph.Graphs._
import layertap.model.select.FeedTarget
import layertap.model.select.Selector
import layertap.testing.SavedModels.{load, of, port, signature}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, NodeDef}
import scala.jdk.OptionConverters._

class ValueSizedTensorsTest extends AnyFunSuite {

  /** Whether the tensor `y` of a graph with the input `x` has as many places as its values say. */
  private def isFound(nodes: NodeDef*): Boolean = {
    val model = load(of(graph(input +: nodes: _*), signature(port("x", "x:0"))(port("y", "y:0"))))
    val cutter = new ModelCutter(model)
    cutter.feed(new FeedTarget.Input("x"))
    cutter.tap(new Selector.GraphTensor("y"))
    val why = ValueSizedTensors.whyRowsGoAlone(cutter.build(), model.ops).toScala
    why.foreach(text => assert(text === reason))
    why.isDefined
  }

  private val reason =
    "rows go through the model one at a time, which takes longer: the values fed " +
      "say how many places 'y:0' has, and of several rows nothing tells whose they are; to avoid it, " +
      "tap a layer that has one for each row"

  private val input = node("x", "Placeholder").having("dtype" -> Float32, "shape" -> shape(-1, 3))

  private def where(of: String) = node("where", "Where", of).having("T" -> Float32)
  private def gather(name: String, from: String, at: String) = node(name, "GatherNd", from, at)
    .having("Tparams" -> Float32, "Tindices" -> DataType.DT_INT64)
  private val picked = Seq(where("x"), gather("picked", "x", "where"))

  private def sizes(name: String, of: String) =
    node(name, "Shape", of).having("T" -> Float32, "out_type" -> Int32)
  private def reshaped(to: String) = node("y", "Reshape", "picked", to)
    .having("T" -> Float32, "Tshape" -> Int32)
  private def ones(of: String) = node("ones", "OnesLike", of).having("T" -> Float32)

  test("what is picked by values, and what is computed from it") {
    assert(isFound(where("x"), gather("y", "x", "where")))
    assert(isFound(picked :+ float("y", "Tanh", "picked"): _*))
    assert(isFound(picked ++ Seq(float("t", "Tanh", "picked"), float("y", "Add", "t", "t")): _*))
  }

  test("what is fed, and what is computed from that") {
    assert(!isFound(float("y", "Tanh", "x")))
    assert(!isFound(picked :+ float("y", "Tanh", "x"): _*))
  }

  test("what is picked by sizes alone") {
    assert(!isFound(ones("x"), where("ones"), gather("y", "x", "where")))
  }

  test("reshaped: to what is left, to a size, to as many rows as are fed") {
    assert(isFound(picked ++ Seq(intConst("to", -1, 1), reshaped("to")): _*))
    assert(!isFound(picked ++ Seq(intConst("to", 4, 1), reshaped("to")): _*))
    assert(!isFound(picked ++ Seq(sizes("to", "x"), reshaped("to")): _*))
    assert(isFound(picked ++ Seq(sizes("to", "picked"), reshaped("to")): _*))
  }

  test("summed up by segments: as many as there are segments") {
    val sum = node("y", "UnsortedSegmentSum", "picked", "ids", "count")
      .having("T" -> Float32, "Tindices" -> Int32, "Tnumsegments" -> Int32)
    assert(!isFound(picked ++ Seq(intConst("ids", 0, 1), intConst("count", 3), sum): _*))
  }

  test("a sum over the first axis, and over another") {
    def sum = node("y", "Sum", "picked", "axis").having("T" -> Float32, "Tidx" -> Int32)
    assert(!isFound(picked ++ Seq(intConst("axis", 0), sum): _*))
    assert(isFound(picked ++ Seq(intConst("axis", 1), sum): _*))
  }

  test("filled up by row: the values, but not which rows were empty") {
    val filled = node("filled", "SparseFillEmptyRows", "where", "picked", "sizes", "zero")
      .having("T" -> Float32)
    val zero = node("zero", "Const").having("dtype" -> Float32, "value" -> tensor()(0))
    val sizes = node("sizes", "Shape", "x").having("T" -> Float32, "out_type" -> DataType.DT_INT64)
    def passedOn(output: String, dtype: DataType) = picked ++
      Seq(zero, sizes, filled, node("y", "Identity", output).having("T" -> dtype))
    assert(isFound(passedOn("filled:1", Float32): _*))
    assert(!isFound(passedOn("filled:2", Bool): _*))
  }
}

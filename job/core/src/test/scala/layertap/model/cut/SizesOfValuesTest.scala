package layertap.model.cut

import java.util.{List => JavaList}
import layertap.graph.Graphs._
import layertap.graph.OpDefinitions
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, NodeDef}
import scala.jdk.CollectionConverters._

class SizesOfValuesTest extends AnyFunSuite {

  /** Whether there is an axis of such a size in a graph that is fed `x`. */
  private def isFound(nodes: NodeDef*): Boolean = {
    def none[A]: JavaList[A] = JavaList.of()
    val fed = node("x", "Placeholder").having("dtype" -> Float32, "shape" -> shape(-1, 3))
    val whole = graph(fed +: nodes: _*)
    SizesOfValues.isAnyIn(new RunnableGraph(whole, none, none, none, none, none))
  }

  private val count = node("count", "Cast", "x").having("SrcT" -> Float32, "DstT" -> Int32)
  private val sizes = node("sizes", "Shape", "x").having("T" -> Float32, "out_type" -> Int32)

  private def repeated(times: String) =
    node("y", "Tile", "x", times).having("T" -> Float32, "Tmultiples" -> Int32)

  test("as often repeated as values say") {
    assert(isFound(count, repeated("count")))
  }

  test("sizes of what is fed are no values, nor are constants") {
    assert(!isFound(sizes, repeated("sizes")))
    assert(!isFound(intConst("times", 1, 2), repeated("times")))
    assert(!isFound(float("y", "Tanh", "x")))
    val named = node("named", "Identity", "x").having("T" -> Float32)
    assert(!isFound(named, sizes.toBuilder.setInput(0, "named").build, repeated("sizes")))
  }

  test("the inputs of the table are whole numbers") {
    val ops = OpDefinitions.registered()
    SizesOfValues.inputs().asScala.foreach { case (op, inputs) =>
      val arguments = ops.find(op).get.getInputArgList
      inputs.asScala.foreach { input =>
        val argument = arguments.get(input)
        val sizing = Set("shape", "size", "num", "count", "pad", "crop", "depth", "dims", "k") ++
          Set("start", "limit", "delta", "begin", "end", "multiples", "segments", "element")
        assert(sizing.exists(argument.getName.contains(_)), s"$op: ${argument.getName}")
      }
    }
  }

  test("the longest of a split is as long as values say") {
    val parts = node("y", "SplitV", "x", "count", "axis")
      .having("T" -> Float32, "Tlen" -> Int32, "num_split" -> 3)
    assert(isFound(count, intConst("axis", 1), parts))
  }

  test("what is picked by values") {
    assert(isFound(node("y", "Where", "x").having("T" -> Float32)))
    assert(!isFound(node("ones", "OnesLike", "x").having("T" -> Float32)))
  }

  test("a ragged tensor is as wide as its longest row") {
    val splits = node("splits", "Cast", "x").having("SrcT" -> Float32, "DstT" -> DataType.DT_INT64)
    val dense = node("y", "RaggedTensorToTensor", "wide", "x", "zero", "splits").having(
      "T" -> Float32,
      "Tindex" -> DataType.DT_INT64,
      "Tshape" -> Int32,
      "num_row_partition_tensors" -> 1
    )
    assert(isFound(splits, intConst("wide", -1, -1), const("zero", 0f), dense))
  }
}

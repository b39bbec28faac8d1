package layertap.graph.differentiate.value

import layertap.graph.Graphs._
import layertap.graph.{GraphIndex, OpDefinitions, TensorId, TensorShape}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, NodeDef}

/** Numbers of steps that follow from sizes of axes. */
class StaticValuesTest extends AnyFunSuite {
  private val sequence = placeholder("x")

  private def whole(tensor: String, nodes: NodeDef*): Option[Int] = {
    val index = new GraphIndex(graph(sequence +: nodes: _*), OpDefinitions.registered)
    val shapes = (asked: TensorId) =>
      if (asked.node == "x") shape(-1, 7, 3) else TensorShape.unknown
    val found = new StaticValues(index, asked => shapes(asked)).whole(TensorId.parse(tensor))
    if (found.isPresent) Some(found.getAsInt) else None
  }

  private val sizes = node("s", "Shape", "x").having("T" -> Float32, "out_type" -> Int32)
  private def unpacked = node("u", "Unpack", "s").having("T" -> Int32, "num" -> 3, "axis" -> 0)

  test("the size of an axis, of a whole tensor where all are known, and the number of axes") {
    assert(whole("u:1", sizes, unpacked) === Some(7))
    assert(whole("u:0", sizes, unpacked) === None)
    assert(whole("r", node("r", "Rank", "x").having("T" -> Float32)) === Some(3))
    assert(whole("n", node("n", "Size", "x").having("T" -> Float32, "out_type" -> Int32)) === None)
    val counted = node("n", "Size", "s").having("T" -> Int32, "out_type" -> Int32)
    assert(whole("n", sizes, counted) === None)
    val both = node("b", "ShapeN", "s", "x").having("T" -> Float32, "N" -> 2, "out_type" -> Int32)
    assert(
      whole(
        "u:1",
        sizes,
        both,
        node("u", "Unpack", "b:1").having("T" -> Int32, "num" -> 3)
      ) === Some(7)
    )
    assert(whole("missing", sizes) === None)
  }

  private def element(name: String, op: String, inputs: String*): NodeDef =
    node(name, op, inputs: _*).having("element_dtype" -> Float32, "shape_type" -> Int32)

  test("how many elements a list has") {
    val length = node("n", "TensorListLength", "l")
    val reserved = element("r", "TensorListReserve", "shape", "count")
    val written = element("l", "TensorListSetItem", "r", "count", "x")
    val constants = Seq(intConst("shape"), intConst("count", 4))
    assert(whole("n", constants ++ Seq(reserved, written, length): _*) === Some(4))
    assert(whole("n", element("l", "TensorListFromTensor", "x", "x"), length) === None)
    val swapped = element("l", "TensorListFromTensor", "y", "x")
    assert(whole("n", placeholder("y"), swapped, length) === None)
    assert(whole("n", placeholder("l", DataType.DT_VARIANT), length) === None)
    val pushed = element("l", "TensorListPushBack", "r", "x")
    assert(whole("n", constants ++ Seq(reserved, pushed, length): _*) === None)
  }

  test("how many elements an array of TensorFlow 1 has, unless it grows") {
    def array(grows: Boolean) = node("a", "TensorArrayV3", "count").having(
      "dtype" -> Float32,
      "dynamic_size" -> grows
    )
    val size = node("n", "TensorArraySizeV3", "a", "a:1")
    assert(whole("n", intConst("count", 4), array(grows = false), size) === Some(4))
    assert(whole("n", intConst("count", 4), array(grows = true), size) === None)
    val handed = placeholder("a", Resource)
    assert(whole("n", handed, node("n", "TensorArraySizeV3", "a", "x")) === None)
  }
}

package layertap.graph.rewrite

import layertap.graph.Graphs._
import layertap.graph.{FunctionLibrary, OpDefinitions}
import layertap.testing.NativeRun
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

/** What XLA documents of `DynamicSlice` and `DynamicUpdateSlice`; Keras' own values are those of
  * `slice_updates_keras3`.
  */
class XlaSlicesTest extends AnyFunSuite {
  private def replaced(graph: GraphDef): GraphDef =
    XlaSlices.replaceIn(graph, OpDefinitions.registered())

  private def slice(op: String, inputs: String*): NodeDef =
    node("y", op, inputs: _*).having("T" -> Float32, "Tindices" -> Int32)

  /** A matrix of three rows and three columns. */
  private def of(slice: NodeDef, more: NodeDef*): GraphDef = graph(
    Seq(placeholder("x"), intConst("sizes", 3, 3)) ++ more ++ Seq(
      node("matrix", "Reshape", "x", "sizes").having("T" -> Float32, "Tshape" -> Int32),
      slice,
      float("z", "Neg", "y")
    ): _*
  )

  private val x = (1 to 9).map(_.toFloat)

  private def run(graph: GraphDef): Seq[Double] =
    NativeRun(graph, "z", "x" -> x).map(-_)

  private def taken(starts: Int*): Seq[Double] = run(
    replaced(
      of(
        slice("XlaDynamicSlice", "matrix", "starts", "counts"),
        intConst("starts", starts: _*),
        intConst("counts", 2, 1)
      )
    )
  )

  test("a slice is taken where it begins; one that does not fit is moved until it does") {
    assert(taken(1, 2) === Seq(6.0, 9.0))
    assert(taken(-4, 1) === Seq(2.0, 5.0))
    assert(taken(7, 3) === Seq(6.0, 9.0))
  }

  private def updated(starts: Int*): Seq[Double] = run(
    replaced(
      of(
        slice("XlaDynamicUpdateSlice", "matrix", "updates", "starts"),
        intConst("starts", starts: _*),
        node("updates", "Const").having("dtype" -> Float32, "value" -> tensor(2, 1)(-1, -2))
      )
    )
  )

  test("an update is written where it begins; one that does not fit is moved until it does") {
    assert(updated(0, 1) === Seq(1.0, -1.0, 3.0, 4.0, -2.0, 6.0, 7.0, 8.0, 9.0))
    assert(updated(2, -1) === Seq(1.0, 2.0, 3.0, -1.0, 5.0, 6.0, -2.0, 8.0, 9.0))
  }

  test("a single value is replaced whole") {
    val graphs = graph(
      placeholder("x"),
      intConst("none"),
      node("sum", "Sum", "x", "axis").having("T" -> Float32, "Tidx" -> Int32),
      intConst("axis", 0),
      const("update", 5f),
      slice("XlaDynamicUpdateSlice", "sum", "update", "none"),
      float("z", "Neg", "y")
    )
    assert(run(replaced(graphs)) === Seq(5.0))
  }

  test("it waits for what the op waits for, and stands in its scope") {
    val starts = intConst("starts", 0, 0)
    val whole = of(
      slice("XlaDynamicSlice", "matrix", "starts", "counts", "^sizes"),
      starts,
      intConst("counts", 2, 1)
    )
    val changed = replaced(whole)
    assert(run(changed) === Seq(1.0, 4.0))
    assert(inputs(changed, "y").last === "^sizes")
    val added = names(changed).diff(names(whole))
    assert(added.nonEmpty && added.forall(_.startsWith("y/")))
  }

  test("it is computed in the body of a function") {
    val body = function("body", "x" -> Float32, "starts" -> Int32, "updates" -> Float32)(
      slice("XlaDynamicUpdateSlice", "x", "updates", "starts")
    )("y" -> Float32 -> "y:output:0")
    val update = node("update", "Const")
      .having("dtype" -> Float32, "value" -> tensor(2, 1)(-1, -2))
    val whole = of(
      call("y", "body", "matrix", "starts", "update")
        .having("Tin" -> Seq(Float32, Int32, Float32), "Tout" -> Seq(Float32)),
      intConst("starts", 1, 1),
      update
    ).withFunctions(body)
    assert(run(replaced(whole)) === Seq(1.0, 2.0, 3.0, 4.0, -1.0, 6.0, 7.0, -2.0, 9.0))
  }

  test("no op of XLA is left, in functions neither, and other graphs stay as they are") {
    val body = function("body", "x" -> Float32, "starts" -> Int32)(
      slice("XlaDynamicUpdateSlice", "x", "x", "starts")
    )("y" -> Float32 -> "y:output:0")
    val changed = replaced(graph(placeholder("x")).withFunctions(body))
    val ops = FunctionLibrary.allNodes(changed).iterator.asScala.map(_.getOp).toSeq
    assert(ops.contains("Select") && !ops.exists(_.startsWith("Xla")))
    val other = graph(placeholder("x"), float("z", "Neg", "x"))
    assert(replaced(other) eq other)
  }

  test("one of a damaged graph stays as it is") {
    Seq(
      of(slice("XlaDynamicSlice", "matrix", "sizes")),
      of(node("y", "XlaDynamicSlice", "matrix", "sizes", "sizes").having("T" -> Float32))
    ).foreach(damaged => assert(replaced(damaged) eq damaged))
  }
}

package layertap.model.layers.flow

import layertap.model.layers.Region
import layertap.graph.Graphs._
import layertap.graph.GraphIndex
import layertap.graph.TensorId
import layertap.model.saved.SavedModelReader
import layertap.testing.SavedModels._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, NodeDef}
import scala.jdk.CollectionConverters._

class DataFlowTest extends AnyFunSuite {
  private class Flow(returned: String)(nodes: NodeDef*) {
    private val source = graph(nodes: _*)
    private val model = metaGraph("serve")(source, "s" -> signature()(port("y", returned)))
    private val index = new GraphIndex(source, ops)
    private val flow = new DataFlow(index, SavedModelReader.signature(model, "s", "memory"))

    private def region(scope: String) = new Region(
      (0 until index.size).filter(i => index.node(i).getName.startsWith(scope)).toArray
    )

    def areSizes(tensors: String*): Seq[Boolean] =
      tensors.map(tensor => flow.isSize(TensorId.parse(tensor)))
    def entries(scope: String): Seq[String] =
      flow.entries(region(scope)).asScala.map(_.toString).toSeq
    def ends(scope: String): Seq[String] = flow.ends(region(scope)).asScala.map(_.toString).toSeq
    def exits(scope: String): Seq[String] = flow.exits(region(scope)).asScala.map(_.toString).toSeq
  }

  // x ─▶ l/a ─▶ l/b ─▶ y      w ─▶ l/b
  test("what enters and leaves; weights do not count") {
    val flow = new Flow("y:0")(
      placeholder("x"),
      handle("w", 3),
      float("l/a", "Relu", "x"),
      read("l/w", "w"),
      float("l/b", "Mul", "l/a", "l/w"),
      float("y", "Relu", "l/b")
    )
    assert((flow.entries("l/"), flow.exits("l/")) === ((Seq("x:0"), Seq("l/b:0"))))
  }

  test("inputs in the order of their use, each once") {
    val flow = new Flow("l/c:0")(
      placeholder("x"),
      placeholder("z"),
      float("l/a", "Sub", "z", "x"),
      float("l/b", "Sub", "x", "l/a"),
      float("l/c", "Relu", "l/b")
    )
    assert(flow.entries("l/") === Seq("z:0", "x:0"))
    assert(flow.exits("l/") === Seq("l/c:0"))
  }

  // x ─▶ l/a ─▶ l/n (IdentityN) ─▶ l/b      l/a ─▶ l/copy
  //  └─────────────▲                        l/a ─▶ l/kept
  test("the copy that a function with a gradient of its own leaves is no end; other copies are") {
    def ends(gradient: String): Seq[String] = {
      val marked = node("l/n", "IdentityN", "l/a", "x")
        .having("T" -> Seq(DataType.DT_FLOAT, DataType.DT_FLOAT), "_gradient_op_type" -> gradient)
      val flow = new Flow("y:0")(
        placeholder("x"),
        float("l/a", "Relu", "x"),
        marked,
        float("l/copy", "Identity", "l/a"),
        float("l/b", "Relu", "l/n"),
        float("l/kept", "Identity", "l/b"),
        float("y", "Relu", "l/b")
      )
      flow.ends("l/")
    }
    assert(ends("CustomGradient-7") === Seq("l/kept:0"))
    assert(ends("Other") === Seq("l/copy:0", "l/kept:0"))
  }

  // x ─▶ l/a ─▶ y
  //        └──▶ dead      l/b ─▶ dead
  test("what only dead nodes use does not leave") {
    val flow = new Flow("y:0")(
      placeholder("x"),
      float("l/a", "Relu", "x"),
      float("l/b", "Tanh", "x"),
      float("y", "Relu", "l/a"),
      float("dead", "AddV2", "l/a", "l/b")
    )
    assert(flow.exits("l/") === Seq("l/a:0"))
  }

  test("of a region that nothing returned needs leaves what others use, or nothing") {
    val nodes = Seq(placeholder("x"), float("l/a", "Relu", "x"), float("l/b", "Relu", "l/a"))
    val alone = new Flow("x:0")(nodes: _*)
    assert((alone.exits("l/"), alone.ends("l/")) === ((Seq(), Seq("l/b:0"))))
    val used = new Flow("x:0")(nodes :+ float("dead", "Tanh", "l/a"): _*)
    assert((used.exits("l/"), used.ends("l/")) === ((Seq("l/a:0"), Seq("l/b:0"))))
  }

  // x ─▶ l/a ─▶ l/b ─▶ dead
  //       └──▶ mean ─▶ summary
  test("what a summary or a print takes does not leave, and what nothing else takes is an end") {
    val nodes = Seq(
      placeholder("x"),
      float("l/a", "Relu", "x"),
      float("l/b", "Tanh", "l/a"),
      float("mean", "Tanh", "l/a"),
      const("tag", 0),
      float("summary", "HistogramSummary", "tag", "mean")
    )
    val taken = new Flow("x:0")(nodes :+ float("dead", "Relu", "l/b"): _*)
    assert((taken.exits("l/"), taken.ends("l/")) === ((Seq("l/b:0"), Seq())))
    val untaken = new Flow("x:0")(nodes :+ float("other", "HistogramSummary", "tag", "l/b"): _*)
    assert((untaken.exits("l/"), untaken.ends("l/")) === ((Seq(), Seq("l/b:0"))))
  }

  // x ─▶ l/a ─▶ l/b ─▶ y ◀─ (only after) check ◀─ l/a
  test("what is only to run before an output does not make its inputs leave") {
    val flow = new Flow("y:0")(
      placeholder("x"),
      float("l/a", "Relu", "x"),
      float("l/b", "Tanh", "l/a"),
      float("check", "Relu", "l/a"),
      float("y", "Relu", "l/b", "^check")
    )
    assert(flow.exits("l/") === Seq("l/b:0"))
  }

  // x ─▶ Shape ─▶ size    x ─▶ values
  test("a size tells nothing of values") {
    val flow = new Flow("values:0")(
      placeholder("x"),
      node("shape", "Shape", "x").having("T" -> DataType.DT_FLOAT, "out_type" -> DataType.DT_INT32),
      float("values", "Relu", "x")
    )
    assert(flow.areSizes("x:0", "shape:0", "values:0") === Seq(false, true, false))
  }

  test("what only asserts, or waits for others, puts nothing out") {
    val flow = new Flow("y:0")(
      placeholder("x"),
      float("l/zero", "ZerosLike", "x"),
      node("l/assert", "Assert", "x", "l/zero").having("T" -> Seq(Float32)),
      node("l/all", "NoOp", "^l/assert"),
      float("y", "Relu", "x")
    )
    assert((flow.exits("l/"), flow.ends("l/")) === ((Seq(), Seq())))
  }

  // ids ─▶ l/values ─▶ y ◀─ l/mask ◀─ ids
  test("a mask beside values is no output and no input, alone it is") {
    val flow = new Flow("y:0")(
      placeholder("ids"),
      float("l/values", "Relu", "ids"),
      const("l/zero", 0),
      float("l/mask", "NotEqual", "ids", "l/zero"),
      float("m/not", "LogicalNot", "l/mask"),
      float("y", "SelectV2", "m/not", "l/values", "l/values")
    )
    assert(flow.exits("l/") === Seq("l/values:0"))
    assert(flow.entries("y") === Seq("l/values:0"))
    assert(flow.entries("m/") === Seq("l/mask:0"))
  }
}

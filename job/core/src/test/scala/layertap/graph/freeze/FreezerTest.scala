package layertap.graph.freeze

import layertap.failure.GraphException
import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{GraphDef, NodeDef, TensorProto}
import scala.jdk.CollectionConverters._

class FreezerTest extends AnyFunSuite {

  private def frozen(nodes: NodeDef*): GraphDef = Freezer.freeze(graph(nodes: _*)).graph

  private def refused(nodes: NodeDef*): String =
    intercept[GraphException](frozen(nodes: _*)).getMessage

  private val vector = tensor(2)(10, 100)

  // v ─▶ read ─▶ y ◀─ x
  test("a resource variable becomes a constant, its read an identity") {
    val source =
      graph(placeholder("x"), handle("v", 2), read("read", "v"), float("y", "Mul", "x", "read"))
    val result = Freezer.freeze(source)
    assert(find(result.graph, "v") === node("v", "Const").having("dtype" -> Float32))
    assert(find(result.graph, "read") === identity("read", "v"))
    assert(result.variables.asScala === Seq(new FrozenGraph.Variable("v", Float32, shape(2))))
    assert(FrozenRun(source, "y", vector) === Seq(10, 200))
  }

  // v ─▶ id ─▶ enough ─▶ read ─▶ y
  test("a handle goes through identities") {
    val source = graph(
      placeholder("x"),
      handle("v", 2),
      node("id", "Identity", "v").having("T" -> Resource),
      node("both", "IdentityN", "x", "id").having("T" -> Seq(Float32, Resource)),
      read("read", "both:1"),
      float("y", "Mul", "x", "read")
    )
    assert(FrozenRun(source, "y", vector) === Seq(10, 200))
  }

  // read stands before the identity that hands it the handle
  test("nodes may stand in any order") {
    val source = graph(
      placeholder("x"),
      float("y", "Mul", "x", "read"),
      read("read", "second"),
      node("second", "Identity", "first").having("T" -> Resource),
      node("first", "Identity", "v").having("T" -> Resource),
      handle("v", 2)
    )
    assert(FrozenRun(source, "y", vector) === Seq(10, 200))
  }

  // v (reference) ─▶ read ─▶ y ◀─ x
  test("a reference variable of TensorFlow 1 becomes a constant") {
    val source = graph(
      placeholder("x"),
      node("v", "VariableV2")
        .having("dtype" -> Float32, "shape" -> shape(2), "container" -> "", "shared_name" -> ""),
      identity("read", "v").having("_class" -> "loc:@v"),
      float("y", "Mul", "x", "read")
    )
    assert(FrozenRun(source, "y", vector) === Seq(10, 200))
  }

  private val table = tensor(3, 2)(1, 2, 3, 4, 5, 6)

  // v, 2 ─▶ gather ◀┄ x
  test("ResourceGather becomes GatherV2") {
    val source = graph(
      placeholder("x"),
      handle("v", 3, 2),
      intConst("row", 2),
      node("gather", "ResourceGather", "v", "row", "^x")
        .having(
          "dtype" -> Float32,
          "Tindices" -> Int32,
          "validate_indices" -> true,
          "batch_dims" -> 0
        )
    )
    val gather = find(Freezer.freeze(source).graph, "gather")
    assert(gather.getInputList.asScala === Seq("v", "row", "gather/layertap_axis:0", "^x"))
    assert(FrozenRun(source, "gather", table) === Seq(5, 6))
  }

  test("ResourceGather with batch dimensions gathers in each row") {
    val indices = intConst("columns", 0).having(
      "value" -> intConst("c", 0)
        .getAttrOrThrow("value")
        .getTensor
        .toBuilder
        .setTensorShape(shape(3).toProto)
        .clearIntVal
        .addAllIntVal(Seq(1, 0, 1).map(Int.box).asJava)
        .build
    )
    val source = graph(
      handle("v", 3, 2),
      indices,
      node("gather", "ResourceGather", "v", "columns")
        .having("dtype" -> Float32, "Tindices" -> Int32, "batch_dims" -> 1)
    )
    assert(FrozenRun(source, "gather", table) === Seq(2, 3, 6))
  }

  test("ResourceGatherNd becomes GatherNd") {
    val source = graph(
      handle("v", 3, 2),
      intConst("index", 1, 0),
      node("gather", "ResourceGatherNd", "v", "index")
        .having("dtype" -> Float32, "Tindices" -> Int32)
    )
    assert(FrozenRun(source, "gather", table) === Seq(3))
  }

  test("VariableShape becomes Shape") {
    val source =
      graph(handle("v", 3, 2), node("shape", "VariableShape", "v").having("out_type" -> Int32))
    assert(FrozenRun(source, "shape", table) === Seq(3, 2))
  }

  // v ─▶ switch ─▶ merge ─▶ read ─▶ y      as TensorFlow 1 writes a branch
  test("a handle goes through the branches of TensorFlow 1") {
    val source = graph(
      placeholder("x"),
      handle("v", 2),
      boolConst("yes", true),
      node("switch", "Switch", "v", "yes").having("T" -> Resource),
      read("read", "switch:1"),
      float("y", "Mul", "x", "read")
    )
    assert(FrozenRun(source, "y", vector) === Seq(10, 200))
  }

  test("notes of shapes, devices and places are dropped, they may contradict the frozen graph") {
    val noted = identity("y", "x")
      .having(
        "_output_shapes" -> Seq(shape(3)),
        "_class" -> "loc:@v",
        "_handle_dtypes" -> Seq(Float32),
        "_other" -> 1
      )
      .toBuilder
      .setDevice("/gpu:0")
      .build
    assert(find(frozen(placeholder("x"), noted), "y") === identity("y", "x").having("_other" -> 1))
  }

  test("what takes no handle stays as it is") {
    val source = graph(placeholder("x"), float("y", "Relu", "x"))
    assert(Freezer.freeze(source).graph.getNodeList === source.getNodeList)
  }

  test("a variable that is assigned cannot become a constant") {
    assert(
      refused(
        placeholder("x"),
        handle("v", 2),
        node("assign", "AssignAddVariableOp", "v", "x").having("dtype" -> Float32)
      ) ===
        "cannot freeze the variable that 'assign' uses: op AssignAddVariableOp changes it or hands it on"
    )
  }

  test("a handle in a list of handles cannot become a constant") {
    assert(
      refused(handle("v", 2), node("pack", "Pack", "v", "v").having("T" -> Resource, "N" -> 2)) ===
        "cannot freeze the variable that 'pack' uses: op Pack changes it or hands it on"
    )
  }
}

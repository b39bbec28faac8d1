package layertap.graph.freeze

import layertap.graph.FunctionLibrary
import layertap.failure.GraphException
import layertap.graph.TensorShape
import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{FunctionDef, GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

class FreezerLoopsTest extends AnyFunSuite {
  private val loopVariables = Seq("i" -> Int32, "sum" -> Float32, "v" -> Resource)

  // i < 3
  private val cond = function("cond", loopVariables: _*)(
    intConst("limit", 3),
    int("less", "Less", "i", "limit:output:0")
  )("go" -> Bool -> "less:z:0")

  // i + 1, sum + v, v
  private val body = function("body", loopVariables: _*)(
    intConst("one", 1),
    int("next", "AddV2", "i", "one:output:0"),
    read("read", "v"),
    float("add", "AddV2", "sum", "read:value:0"),
    node("handle", "Identity", "v").having("T" -> Resource)
  )("i" -> Int32 -> "next:z:0", "sum" -> Float32 -> "add:z:0", "v" -> Resource -> "handle:output:0")

  private def loop(op: String): NodeDef =
    node("loop", op, "zero", "x", "v").having(
      "T" -> loopVariables.map(_._2),
      "output_shapes" -> Seq(shape(), shape(-1), shape()),
      "cond" -> Func("cond"),
      "body" -> Func("body")
    )

  // zero, x, v ─▶ While ─▶ y = sum + read(v)
  private def looping(op: String, body: FunctionDef): GraphDef =
    graph(
      placeholder("x"),
      handle("v", 2),
      intConst("zero", 0),
      loop(op),
      read("read", "loop:2"),
      float("y", "AddV2", "loop:1", "read")
    ).withFunctions(cond, body)

  private def frozen(source: GraphDef): GraphDef = Freezer.freeze(source).graph

  private def run(source: GraphDef): Seq[Double] =
    FrozenRun(source, "y", tensor(2)(10, 100))

  private def functionOf(graph: GraphDef, node: String, attribute: String): FunctionDef = {
    val name = find(graph, node).getAttrOrThrow(attribute).getFunc.getName
    new FunctionLibrary(graph.getLibrary).find(name).get
  }

  Seq("While", "StatelessWhile").foreach { op =>
    test(s"a $op adds a variable in each of three steps, and hands it on") {
      assert(run(looping(op, body)) === Seq(1 + 3 * 10 + 10, 2 + 3 * 100 + 100))
    }
  }

  test("a loop, its condition and its body take a value where they took a handle") {
    val result = frozen(looping("While", body))
    val types = Seq(Int32, Float32, Float32)
    assert(find(result, "loop").getAttrOrThrow("T").getList.getTypeList.asScala === types)
    Seq("cond", "body").foreach { attribute =>
      val signature = functionOf(result, "loop", attribute).getSignature
      assert(signature.getInputArgList.asScala.map(_.getType) === types)
    }
    val returned = functionOf(result, "loop", "body").getSignature.getOutputArgList
    assert(returned.asScala.map(_.getType) === types)
  }

  test("the shape of a loop's variable that was a handle is left open, others are kept") {
    val shapes = find(frozen(looping("While", body)), "loop").getAttrOrThrow("output_shapes")
    assert(
      shapes.getList.getShapeList.asScala.map(TensorShape.of(_)) ===
        Seq(shape(), shape(-1), TensorShape.unknown)
    )
  }

  test("functions that took handles are copied, the library holds the copies alone") {
    val result = frozen(looping("While", body))
    assert(functionNames(result).toSet === Set("cond_frozen_0", "body_frozen_1"))
  }

  test("two loops of one body share its copy") {
    val source = looping("While", body)
    val twice = source.toBuilder.addNode(loop("While").toBuilder.setName("again")).build
    assert(functionNames(frozen(twice)).size === 2)
  }

  // i, sum, v ─▶ body: call (inner: sum + v)
  test("a call inside a loop") {
    val inner = function("inner", "a" -> Float32, "h" -> Resource)(
      read("read", "h"),
      float("add", "AddV2", "a", "read:value:0")
    )("sum" -> Float32 -> "add:z:0", "h" -> Resource -> "h")
    val calling = function("body", loopVariables: _*)(
      intConst("one", 1),
      int("next", "AddV2", "i", "one:output:0"),
      node("c", "StatefulPartitionedCall", "sum", "v").having(
        "f" -> Func("inner"),
        "Tin" -> Seq(Float32, Resource),
        "Tout" -> Seq(Float32, Resource)
      )
    )("i" -> Int32 -> "next:z:0", "sum" -> Float32 -> "c:output:0", "v" -> Resource -> "c:output:1")
    val source = looping("While", calling)
    val withInner = source.withFunctions(cond, calling, inner)
    assert(run(withInner) === Seq(41, 402))
  }

  private def refused(source: GraphDef): String =
    intercept[GraphException](Freezer.freeze(source)).getMessage

  // v, w ─▶ While (v, w ─▶ w, v)
  test("a loop whose steps exchange variables of different dtypes") {
    val variables = Seq("v" -> Resource, "w" -> Resource)
    val always = boolConst("go", true)
    val source = graph(
      handle("v"),
      handle("w").having("dtype" -> Int32),
      node("loop", "While", "v", "w")
        .having("T" -> Seq(Resource, Resource), "cond" -> Func("cond"), "body" -> Func("body"))
    ).withFunctions(
      function("cond", variables: _*)(always)("go" -> Bool -> "go:output:0"),
      function("body", variables: _*)()("v" -> Resource -> "w", "w" -> Resource -> "v")
    )
    assert(
      refused(source) ===
        "cannot freeze the variables of the loop 'loop': its steps exchange them"
    )
  }

  test("a body that assigns a variable") {
    val assigning = body.toBuilder
      .addNodeDef(node("assign", "AssignVariableOp", "v", "sum").having("dtype" -> Float32))
      .build
    assert(
      refused(looping("While", assigning)) ===
        "cannot freeze the variable that 'assign' uses: op AssignVariableOp changes it or hands it on"
    )
  }

  test("a body that is not there") {
    assert(
      refused(looping("While", body).withFunctions(cond)) ===
        "cannot freeze the graph: it has no function 'body'"
    )
  }

  test("a body that is its own loop's body") {
    val endless = body.toBuilder
      .addNodeDef(loop("While").toBuilder.clearInput.addInput("i").addInput("sum").addInput("v"))
      .build
    assert(
      refused(looping("While", endless)) === "cannot freeze the graph: function 'body' calls itself"
    )
  }

  test("a loop that gives its body more than that takes") {
    val short = function("body", loopVariables.take(2): _*)()()
    assert(
      refused(looping("While", short)) ===
        "cannot freeze the graph: a caller of 'body' gives more than it takes"
    )
  }

  test("a loop that does not list the types of its variables") {
    val source = looping("While", body).toBuilder
    source.getNodeBuilder(3).putAttr("T", attribute(Seq(Int32)))
    assert(
      refused(source.build) ===
        "cannot freeze the graph: 'loop' does not list all types in 'T'"
    )
  }
}

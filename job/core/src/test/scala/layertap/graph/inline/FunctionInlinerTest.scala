package layertap.graph.inline

import layertap.graph.FlatGraph
import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, FunctionDef, GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

class FunctionInlinerTest extends AnyFunSuite {
  // x ─▶ StatefulPartitionedCall ─▶ out
  //        wrapper: inputs ─▶ StatefulPartitionedCall ─▶ Identity
  //                   model: inputs ─▶ cnn/relu ─▶ cnn/lstm/PartitionedCall ─▶ cnn/out
  //                                                  lstm: x ─▶ tanh
  private def wrapped(besides: NodeDef*): GraphDef =
    graph(
      placeholder("x") +:
        call("StatefulPartitionedCall", "wrapper", "x") +:
        identity("out", "StatefulPartitionedCall") +:
        besides: _*
    ).withFunctions(
      unary("wrapper")(
        call("StatefulPartitionedCall", "model", "x"),
        identity("Identity", "StatefulPartitionedCall:output:0", "^NoOp"),
        node("NoOp", "NoOp", "^StatefulPartitionedCall")
      )("Identity:output:0"),
      unary("model")(
        float("cnn/relu", "Relu", "x"),
        call("cnn/lstm/PartitionedCall", "lstm", "cnn/relu:activations:0"),
        identity("cnn/out", "cnn/lstm/PartitionedCall:output:0")
      )("cnn/out:output:0"),
      unary("lstm")(float("tanh", "Tanh", "x"))("tanh:y:0")
    )

  // x ─▶ c (f)
  private def inlined(f: FunctionDef, others: FunctionDef*): GraphDef =
    inline(graph(placeholder("x"), call("c", "f", "x")).withFunctions(f +: others: _*), "c").graph

  private def inline(graph: GraphDef, root: String): FlatGraph =
    FunctionInliner.inline(graph, java.util.List.of(root), ops)

  test("layers inside the wrappers of a signature keep their names") {
    val flat = inline(wrapped(), "out").graph
    assert(inputs(flat, "cnn/relu") === Seq("x"))
    val call = "StatefulPartitionedCall/StatefulPartitionedCall"
    assert(inputs(flat, "StatefulPartitionedCall/Identity") === Seq(call))
    assert(inputs(flat, call) === Seq("cnn/out"))
  }

  test("a call inside the model puts its name before the names of its function") {
    val flat = inline(wrapped(), "out")
    assert(inputs(flat.graph, "cnn/lstm/PartitionedCall/tanh") === Seq("cnn/relu"))
    assert(flat.calls.get("cnn/lstm/PartitionedCall") === "lstm")
  }

  test("a node of a call's name holds what the function returns") {
    val standIn = find(inline(wrapped(), "out").graph, "cnn/lstm/PartitionedCall")
    assert(standIn.getOp === "IdentityN")
    assert(standIn.getInputList.asScala === Seq("cnn/lstm/PartitionedCall/tanh"))
    assert(standIn.getAttrOrThrow("T").getList.getTypeList.asScala === Seq(Float32))
  }

  test("where a name of the model is taken, all its names get the prefix of the call") {
    val flat = inline(wrapped(identity("cnn/relu", "out")), "cnn/relu").graph
    assert(inputs(flat, "cnn/relu") === Seq("out"))
    assert(inputs(flat, "StatefulPartitionedCall/StatefulPartitionedCall/cnn/relu") === Seq("x"))
    assert(names(flat) === names(flat).distinct)
  }

  test("two calls of a function do not share names") {
    // x ─▶ a (f) ─▶ b (f)
    val twice = graph(placeholder("x"), call("a", "f", "x"), call("b", "f", "a"))
    val flat = inline(twice.withFunctions(reluFunction("f")), "b").graph
    assert(names(flat) === names(flat).distinct)
    assert(names(flat).count(_.endsWith("relu")) === 2)
  }

  test("what the roots do not need is left out, functions too") {
    val flat = inline(wrapped(identity("unused", "out")), "out").graph
    assert(!names(flat).contains("unused"))
    assert(functionNames(flat) === Seq())
  }

  test("the bodies of loops stay functions, with the functions that they call") {
    // x ─▶ While (cond, body: x ─▶ c (f))
    val loop = node("loop", "While", "x")
      .having("T" -> Seq(Float32), "cond" -> Func("cond"), "body" -> Func("body"))
    val always = node("true", "Const").having("dtype" -> Bool)
    val flat = inline(
      graph(placeholder("x"), loop).withFunctions(
        unary("body")(call("c", "f", "x"))("c:output:0"),
        function("cond", "x" -> Float32)(always)("go" -> Bool -> "true:output:0"),
        reluFunction("f"),
        reluFunction("unused")
      ),
      "loop"
    )
    assert(functionNames(flat.graph).toSet === Set("body", "cond", "f"))
    assert(flat.calls.isEmpty)
  }

  private val parse = node("n", "ParseExample").having(
    "Nsparse" -> 2,
    "Ndense" -> 1,
    "sparse_types" -> Seq(Float32, Float32),
    "Tdense" -> Seq(Float32)
  )

  // a node, one of its outputs as a function writes it, the position of that among all outputs
  Seq(
    (node("n", "Split", "x", "x").having("num_split" -> 3, "T" -> Float32), "output:2", 2),
    (node("n", "Unpack", "x").having("num" -> 2, "T" -> Float32), "output:1", 1),
    (float("n", "FusedBatchNormV3", Seq.fill(5)("x"): _*), "batch_variance:0", 2),
    (float("n", "FusedBatchNormV3", Seq.fill(5)("x"): _*), "reserve_space_3:0", 5),
    (node("n", "While", "x", "x").having("T" -> Seq(Float32, Float32)), "output:1", 1),
    (float("n", "TopKV2", "x", "x"), "indices:0", 1),
    (parse, "sparse_shapes:1", 5),
    (parse, "dense_values:0", 6)
  ).foreach { case (source, output, position) =>
    test(s"${source.getOp}'s output $output is the one at $position") {
      assert(inputs(inlined(unary("f")(source)(s"n:$output")), "c") === Seq(s"n:$position"))
    }
  }

  test("an op that returns loses its control inputs, another one keeps them") {
    // x ─▶ relu ─▶ Identity      read ┄▶ relu, read ┄▶ NoOp ┄▶ Identity
    val flat = inlined(
      unary("f")(
        node("read", "NoOp"),
        float("relu", "Relu", "x", "^read"),
        identity("Identity", "relu:activations:0", "^NoOp"),
        node("NoOp", "NoOp", "^read")
      )("Identity:output:0")
    )
    assert(inputs(flat, "Identity") === Seq("relu"))
    assert(inputs(flat, "relu") === Seq("x", "^read"))
  }

  test("a control input that is an argument waits for the argument's node") {
    // p ─▶ split ─▶ c (f: x ┄▶ one)
    val one = node("one", "Const", "^x").having("dtype" -> Float32)
    val split = node("split", "Split", "p", "p").having("num_split" -> 2, "T" -> Float32)
    val source = graph(placeholder("p"), split, call("c", "f", "split:1"))
    val flat = inline(source.withFunctions(unary("f")(one)("one:output:0")), "c").graph
    assert(inputs(flat, "one") === Seq("^split"))
  }

  test("types that the call gives replace the function's placeholders") {
    val double = DataType.DT_DOUBLE
    val relu = node("relu", "Relu", "x").having("T" -> TypeOf("T"))
    val typed = call("c", "f", "x").having("f" -> Func("f", "T" -> double), "Tout" -> Seq(double))
    val source = graph(placeholder("x", double), typed)
    val flat = inline(source.withFunctions(unary("f")(relu)("relu:activations:0")), "c").graph
    assert(find(flat, "relu").getAttrOrThrow("T").getType === double)
    assert(find(flat, "c").getAttrOrThrow("T").getList.getTypeList.asScala === Seq(double))
  }

  test("a call by the name of the function as op, as old graphs have it") {
    // x ─▶ s (swish: x ─▶ sigmoid ─▶ mul) ─▶ r
    val swish = function("swish", "x" -> Float32)(
      float("sigmoid", "Sigmoid", "x"),
      float("mul", "Mul", "x", "sigmoid:y:0")
    )("gate" -> Float32 -> "sigmoid:y:0", "value" -> Float32 -> "mul:z:0")
    val f = unary("f")(node("s", "swish", "x"), float("r", "Relu", "s:value:0"))("r:activations:0")
    val flat = inlined(f, swish)
    assert(inputs(flat, "r") === Seq("s:1"))
    assert(inputs(flat, "s") === Seq("s/sigmoid", "s/mul"))
    assert(
      find(flat, "s").getAttrOrThrow("T").getList.getTypeList.asScala === Seq(Float32, Float32)
    )
  }

  test("a function that returns nothing becomes a NoOp that waits for its effects") {
    val check = function("f", "x" -> Float32)(node("assert", "Assert", "x", "x"))()
    val flat = inlined(check.toBuilder.putControlRet("done", "assert").build)
    assert(find(flat, "c").getOp === "NoOp")
    assert(inputs(flat, "c") === Seq("^assert"))
  }

  test("in a branch of TensorFlow 1 the constants of a function stand where its call stands") {
    // x, p ─▶ switch ─▶ c (f: x + 1)      branch ┄▶ c
    val branches = graph(
      placeholder("x"),
      placeholder("p", Bool),
      float("switch", "Switch", "x", "p"),
      identity("branch", "switch:1"),
      call("c", "f", "switch:1", "^branch")
    )
    val f = unary("f")(const("one", 1), float("add", "AddV2", "x", "one:output:0"))("add:z:0")
    val flat = inline(branches.withFunctions(f), "c").graph
    assert(inputs(flat, "one") === Seq("^branch"))
    assert(inputs(flat, "add") === Seq("switch:1", "one"))
  }
}

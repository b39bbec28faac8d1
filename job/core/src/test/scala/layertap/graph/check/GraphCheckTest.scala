package layertap.graph.check

import layertap.failure.GraphException
import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, GraphDef, NodeDef, TensorProto}

/** What TensorFlow does not find when it imports a graph, or only by ending the process. */
class GraphCheckTest extends AnyFunSuite {
  private def refused(graph: GraphDef): String =
    intercept[GraphException](GraphCheck.check(graph, ops)).getMessage

  private def constant(dtype: DataType, value: TensorProto): NodeDef =
    node("c", "Const").having("dtype" -> dtype, "value" -> value)

  /** {{{x ─▶ While(cond, body) ─▶}}} */
  private def loop(body: NodeDef*)(returned: String, attributes: (String, Any)*): GraphDef = {
    val all = Seq("cond" -> Func("go_on"), "body" -> Func("step"), "T" -> Seq(Float32))
    graph(
      placeholder("x"),
      node("loop", "StatelessWhile", "x").having(all ++ attributes: _*)
    ).withFunctions(
      function("go_on", "x" -> Float32)(boolConst("yes", value = true))(
        "go" -> Bool -> "yes:output:0"
      ),
      unary("step")(body: _*)(returned)
    )
  }

  test("a loop as it should be") {
    GraphCheck.check(loop(float("relu", "Relu", "x"))("relu:activations:0"), ops)
  }

  test("inside of a function an attribute below its minimum") {
    val split = node("split", "Split", "axis", "x").having("T" -> Float32, "num_split" -> -1)
    assert(
      refused(loop(intConst("axis", 0), split)("split:output:0")) ===
        "node 'split' (Split) is damaged: its attribute 'num_split' is not what its op takes"
    )
  }

  test("an attribute of another kind, with a value that is not allowed, missing") {
    def relu(attributes: (String, Any)*) =
      graph(placeholder("x"), node("relu", "Relu", "x").having(attributes: _*))
    val wrong = "node 'relu' (Relu) is damaged: its attribute 'T' is not what its op takes"
    assert(refused(relu("T" -> 7)) === wrong)
    assert(refused(relu("T" -> DataType.DT_STRING)) === wrong)
    assert(refused(relu("T" -> DataType.DT_FLOAT_REF)) === wrong)
    assert(refused(relu()) === "node 'relu' (Relu) is damaged: it lacks the attribute 'T'")
  }

  test("a constant of another type than its value") {
    assert(
      refused(graph(constant(Int32, tensor(1)(1)))) ===
        "node 'c' (Const) is damaged: it is of DT_INT32, its value of DT_FLOAT"
    )
  }

  test("constants of absurd shapes") {
    val overflowing = Seq(Seq(Long.MaxValue), Seq(1L << 40, 1L << 40), Seq.fill(300)(1L))
    overflowing.foreach { sizes =>
      assert(
        refused(graph(constant(Float32, tensor(sizes: _*)(1)))) ===
          "node 'c' (Const) is damaged: its attribute 'value' is not what its op takes"
      )
    }
    assert(
      refused(graph(constant(Float32, tensor(1L << 32)(1)))) ===
        s"node 'c' (Const) is damaged: its value has ${1L << 32} elements"
    )
    assert(
      refused(graph(constant(Float32, tensor(-1)(1)))) ===
        "node 'c' (Const) is damaged: the shape of its value is open"
    )
  }

  test("constants that stand for variables have no value yet, but a dtype") {
    assert(
      refused(
        graph(node("stands", "Const").having("dtype" -> Float32), node("typeless", "Const"))
      ) === "node 'typeless' (Const) is damaged: it lacks the attribute 'dtype'"
    )
  }

  test("as many steps at once as overflow TensorFlow's counter") {
    val relu = float("relu", "Relu", "x")
    assert(
      refused(loop(relu)("relu:activations:0", "parallel_iterations" -> 1000001)) ===
        "node 'loop' (StatelessWhile) is damaged: it runs 1000001 steps at once"
    )
  }

  test("inputs of another type, too many, too few") {
    def taking(inputs: String*) =
      graph(
        placeholder("x"),
        intConst("i", 1),
        node("y", "AddV2", inputs: _*).having("T" -> Float32)
      )
    GraphCheck.check(taking("x", "x", "^i"), ops)
    Seq(Seq("x", "i"), Seq("x"), Seq("x", "x", "x")).foreach { inputs =>
      assert(refused(taking(inputs: _*)) === "node 'y' (AddV2) does not take what it is given")
    }
    assert(refused(taking("x", "x:1")) === "node 'x' (Placeholder) has no output 1")
  }

  test("a function that does not return what it says") {
    assert(
      refused(loop(boolConst("flag", value = true))("flag:output:0")) ===
        "function 'step' does not return 'y' as it says"
    )
    assert(refused(loop()("z")) === "a function takes 'z', which is not there")
  }

  test("a loop whose functions take something else than it does") {
    val taking = graph(
      intConst("i", 1),
      node("loop", "StatelessWhile", "i")
        .having("cond" -> Func("step"), "body" -> Func("step"), "T" -> Seq(Int32))
    ).withFunctions(reluFunction("step"))
    assert(
      refused(taking) === "node 'loop' and its function 'step' do not take and return the same"
    )
  }

  test("functions that are not there, or name themselves") {
    val missing = graph(placeholder("x"), call("call", "f", "x"))
    assert(refused(missing) === "node 'call' names the function 'f', which is not there")
    val endless = missing.withFunctions(
      unary("f")(call("inner", "g", "x"))("inner:output:0"),
      unary("g")(call("inner", "f", "x"))("inner:output:0")
    )
    assert(refused(endless) === "function 'f' calls itself")
  }

  test("functions that expand to more than two million nodes") {
    val doubling = (0 until 22).map { i =>
      unary(s"f$i")(
        call("first", s"f${i + 1}", "x"),
        call("second", s"f${i + 1}", "first:output:0")
      )("second:output:0")
    }
    val all = graph(placeholder("x"), call("call", "f0", "x"))
      .withFunctions(doubling :+ reluFunction("f22"): _*)
    assert(refused(all).endsWith("expand to more than 2000000 nodes"))
  }

  test("counts of inputs, for whoever follows edges; ops that nobody knows may have any") {
    val short = graph(placeholder("x"), float("y", "AddV2", "x"), node("z", "Foreign", "x", "x"))
    val message = intercept[GraphException](GraphCheck.checkInputCounts(short, ops)).getMessage
    assert(message === "node 'y' (AddV2) has 1 inputs, its op takes 2")
  }
}

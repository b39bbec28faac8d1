package layertap.graph.fold

import layertap.graph.Graphs._
import layertap.graph.RecurrentLoop
import layertap.testing.{Extraction, PoisonLoop, TestData}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, FunctionDef, GraphDef, NodeDef}

/** Which loops make as many steps for all values of the same shapes. */
class SteadyLoopsTest extends AnyFunSuite {
  private val variables = Seq("i" -> Int32, "most" -> Int32, "value" -> Float32)

  /** A condition that ends with a node `go`. */
  private def condition(nodes: NodeDef*): FunctionDef =
    function("cond", variables: _*)(nodes: _*)("go" -> Bool -> "go:z:0")

  private val isLess = condition(int("go", "Less", "i", "most"))

  /** What a step makes of the counter and of the limit. */
  private def step(i: String, most: String = "most")(nodes: NodeDef*): FunctionDef =
    function("body", variables: _*)(float("relu", "Relu", "value") +: nodes: _*)(
      "i" -> Int32 -> i,
      "most" -> Int32 -> most,
      "value" -> Float32 -> "relu:activations:0"
    )

  private val oneMore =
    step("next:z:0")(intConst("one", 1), int("next", "AddV2", "i", "one:output:0"))

  // x ─▶ … ─▶ sized ─▶ Shape ─▶ StridedSlice ─▶ most
  private def sizeOf(sized: String): Seq[NodeDef] = Seq(
    node("sizes", "Shape", sized).having("T" -> Float32, "out_type" -> Int32),
    intConst("begin", 1),
    intConst("end", 2),
    intConst("by", 1),
    node("most", "StridedSlice", "sizes", "begin", "end", "by")
      .having("T" -> Int32, "Index" -> Int32, "shrink_axis_mask" -> 1)
  )

  private val constant = Seq(intConst("most", 7))

  /** A loop over `i`, which begins at `from`, and `x`. */
  private def loop(
      most: Seq[NodeDef] = constant,
      cond: FunctionDef = isLess,
      body: FunctionDef = oneMore,
      from: String = "from"
  ): GraphDef = {
    val while_ = node("while", "StatelessWhile", from, "most", "x").having(
      "T" -> variables.map(_._2),
      "cond" -> Func("cond"),
      "body" -> Func("body")
    )
    graph(Seq(placeholder("x"), intConst("from", 0)) ++ most :+ while_ : _*)
      .withFunctions(cond, body)
  }

  private def isSteady(graph: GraphDef) = SteadyLoops.areAllOf(graph)

  test("the loops of recurrent layers are, of Keras 2 and 3; that of a poison is not") {
    for (model <- Seq("lstm_keras2", "lstm_keras3", "recurrent_keras2", "recurrent_keras3")) {
      val cut = Extraction.cut(TestData.model(model))
      assert(cut.graph.getNodeList.toString.contains("While"), model)
      assert(!cut.hasLoopsOfValues, model)
    }
    assert(PoisonLoop.cut.hasLoopsOfValues)
  }

  test("a layer behind another one makes as many steps as that gives elements") {
    val first = new RecurrentLoop("rnn", keepsAll = true)
    def behind(count: NodeDef): Boolean = {
      val nodes = first.nodes.map(node => if (node.getName == "rnn/count") count else node)
      val stacked = loop(nodes ++ sizeOf("rnn/stack")).toBuilder
      first.functions.foreach(stacked.getLibraryBuilder.addFunction(_))
      isSteady(stacked.build)
    }
    assert(isSteady(first.graph))
    assert(behind(intConst("rnn/count", 3)))
    assert(!behind(node("rnn/count", "Cast", "x").having("SrcT" -> Float32, "DstT" -> Int32)))
  }

  test("a counter and a limit: of constants, or of shapes that values do not change") {
    assert(isSteady(graph(placeholder("x"), float("y", "Relu", "x"))))
    assert(isSteady(loop()))
    assert(isSteady(loop(sizeOf("x"))))
    assert(isSteady(loop(float("relu", "Relu", "x") +: sizeOf("relu"))))
    assert(
      isSteady(loop(int("from_limit", "Sub", "most", "from") +: sizeOf("x"), from = "from_limit"))
    )
    val sought = node("where", "Where", "x").having("T" -> Float32)
    val found =
      node("floats", "Cast", "where").having("SrcT" -> DataType.DT_INT64, "DstT" -> Float32)
    assert(!isSteady(loop(Seq(sought, found) ++ sizeOf("floats"))))
    val ofValue = node("most", "Cast", "x").having("SrcT" -> Float32, "DstT" -> Int32)
    assert(!isSteady(loop(Seq(ofValue))))
    assert(!isSteady(loop(from = "most", most = Seq(ofValue))))
  }

  test("what is reached by very many ways is looked at once") {
    val sums = (1 to 90).map(i => float(s"sum$i", "AddV2", s"sum${i - 1}", s"sum${i - 1}"))
    val first = float("sum0", "Relu", "x")
    assert(isSteady(loop((first +: sums) ++ sizeOf("sum90"))))
    val parts =
      (1 to 90).map(i => node(s"part$i", "LogicalAnd", s"part${i - 1}:z:0", s"part${i - 1}:z:0"))
    val cond = condition(
      int("part0", "Less", "i", "most") +: parts :+
        node("go", "LogicalAnd", "part90:z:0", "part90:z:0"): _*
    )
    assert(isSteady(loop(cond = cond)))
  }

  test("what is damaged is not") {
    assert(!isSteady(loop(cond = condition(int("go", "Less", "i")))))
    assert(!isSteady(loop(cond = condition(int("go", "Less", "go:z:0", "go:z:0")))))
    assert(!isSteady(loop(body = step("next:z:0")(int("next", "AddV2", "i")))))
    assert(!isSteady(loop(Seq(node("most", "Shape")))))
  }

  test("a condition of nothing but such counters") {
    val both = condition(
      intConst("limit", 3),
      int("first", "Less", "i", "limit:output:0"),
      int("second", "LessEqual", "i", "most"),
      node("go", "LogicalAnd", "first:z:0", "second:z:0")
    )
    assert(isSteady(loop(cond = both)))
    val any = condition(
      int("less", "Less", "i", "most"),
      const("large", 100f),
      float("small", "Less", "value", "large:output:0"),
      node("go", "LogicalAnd", "less:z:0", "small:z:0")
    )
    assert(!isSteady(loop(cond = any)))
    assert(!isSteady(loop(cond = condition(int("go", "Greater", "most", "i")))))
    assert(!isSteady(loop(cond = condition(int("go", "Less", "most", "i")))))
  }

  test("a counter that grows, and a limit that stays") {
    def adds(number: Int, limit: String = "most") =
      step("next:z:0", limit)(intConst("one", number), int("next", "AddV2", "i", "one:output:0"))
    assert(isSteady(loop(body = adds(2))))
    assert(!isSteady(loop(body = adds(0))))
    assert(!isSteady(loop(body = adds(-1))))
    assert(!isSteady(loop(body = adds(1, limit = "next:z:0"))))
    assert(!isSteady(loop(body = step("i")())))
    assert(
      !isSteady(loop(body = step("next:z:0")(int("next", "AddV2", "i", "most"))))
    )
  }

  test("loops elsewhere are not looked at: within functions, or of TensorFlow 1") {
    val outer = loop().toBuilder
    val inner = step("i")(node("inner", "StatelessWhile", "i").having("T" -> Seq(Int32)))
    outer.getLibraryBuilder.addFunction(
      inner.toBuilder.setSignature(
        inner.getSignature.toBuilder.setName("another")
      )
    )
    assert(!isSteady(outer.build))
    assert(!isSteady(graph(placeholder("x"), float("y", "NextIteration", "x"))))
    assert(!isSteady(loop().toBuilder.clearLibrary.build))
  }
}

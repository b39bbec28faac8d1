package layertap.graph.fold

import layertap.graph.Graphs._
import layertap.graph.{GraphIndex, TensorId}
import layertap.testing.NativeRun
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, GraphDef, NodeDef}
import scala.jdk.CollectionConverters._
import scala.jdk.OptionConverters._

class FoldingTest extends AnyFunSuite {

  private def fold(graph: GraphDef, fetches: String*): Folding =
    foldStoring(Map())(graph, fetches: _*)

  private def foldStoring(stored: Map[String, Array[Double]])(
      graph: GraphDef,
      fetches: String*
  ): Folding =
    Folding.of(
      new GraphIndex(graph, ops),
      fetches.map(TensorId.parse).asJava,
      variable => stored.get(variable.getName).toJava
    )

  private def folded(
      graph: GraphDef,
      fetch: String,
      stored: Map[String, Array[Double]] = Map()
  ): GraphDef = {
    val left = foldStoring(stored)(graph, fetch)
    assert(left.fetches.asScala.toSeq === Seq(TensorId.parse(fetch)))
    left.graph.graph
  }

  private def opsOf(graph: GraphDef): Set[String] =
    graph.getNodeList.asScala.map(_.getOp).toSet

  private def switch(name: String, data: String, predicate: String, dtype: DataType = Float32) =
    node(name, "Switch", data, predicate).having("T" -> dtype)

  private def merge(name: String, inputs: String*): NodeDef =
    node(name, "Merge", inputs: _*).having("T" -> Float32, "N" -> inputs.size)

  private def constAfter(name: String, value: Float, control: String): NodeDef =
    const(name, value).toBuilder.addInput(s"^$control").build

  //      ┌─▶ f = Neg ──────┐
  // x ─▶ Switch            Merge ─▶ y = Relu
  //      └─▶ t = t_one + x ┘
  private def conditional(predicate: NodeDef*): GraphDef =
    graph(
      Seq(placeholder("x")) ++ predicate ++ Seq(
        switch("pivot", "p", "p", Bool),
        node("pivot_t", "Identity", "pivot:1").having("T" -> Bool),
        node("pivot_f", "Identity", "pivot:0").having("T" -> Bool),
        switch("split", "x", "p"),
        constAfter("one", 1, "pivot_t"),
        float("t", "AddV2", "split:1", "one"),
        float("f", "Neg", "split"),
        merge("joined", "f", "t"),
        float("y", "Relu", "joined"),
        node("index", "Cast", "joined:1").having("SrcT" -> Int32, "DstT" -> Float32)
      ): _*
    )

  private def defaulting(name: String, value: NodeDef, dtype: DataType) = Seq(
    value,
    node(name, "PlaceholderWithDefault", value.getName)
      .having("dtype" -> dtype, "shape" -> shape())
  )

  private val rows = Seq(1.5f, -2.5f)

  Seq(true -> Seq(2.5, 0.0), false -> Seq(0.0, 2.5)).foreach { case (taken, values) =>
    test(s"a branch that a constant never takes is left out: $taken") {
      val whole = conditional(boolConst("p", taken))
      val left = folded(whole, "y")
      assert(!opsOf(left).exists(Set("Switch", "Merge")))
      assert(opsOf(left)("Neg") === !taken)
      assert(NativeRun(left, "y", "x" -> rows) === values)
      assert(NativeRun(whole, "y", "x" -> rows) === values)
      val index = folded(whole, "index")
      assert(NativeRun(index, "index") === NativeRun(whole, "index", "x" -> rows))
    }

    test(s"the default of a placeholder decides, if it is not fed: $taken") {
      val left = folded(conditional(defaulting("p", boolConst("default", taken), Bool): _*), "y")
      assert(!opsOf(left).exists(Set("Switch", "Merge", "PlaceholderWithDefault")))
      assert(NativeRun(left, "y", "x" -> rows) === values)
    }

    test(s"what is computed from constants decides: $taken") {
      val computed = Seq(
        const("rate", if (taken) 0.25f else 1),
        const("half", 0.5f),
        node("less", "Less", "rate", "half").having("T" -> Float32),
        node("not", "LogicalNot", "less"),
        node("p", "LogicalNot", "not")
      )
      assert(NativeRun(folded(conditional(computed: _*), "y"), "y", "x" -> rows) === values)
    }
  }

  test("a predicate that is fed decides nothing") {
    val whole = conditional(placeholder("p", Bool))
    assert(opsOf(folded(whole, "y"))("Merge"))
  }

  private val handled = Seq(
    flag,
    node("handed", "Identity", "flag").having("T" -> DataType.DT_RESOURCE),
    node("p", "ReadVariableOp", "handed").having("dtype" -> Bool)
  )

  private val referenced = Seq(
    node("flag", "VariableV2").having("dtype" -> Bool, "shape" -> shape()),
    node("p", "Identity", "flag").having("T" -> Bool)
  )

  private def flag: NodeDef =
    node("flag", "VarHandleOp").having("dtype" -> Bool, "shape" -> shape())

  Seq("resource" -> handled, "reference" -> referenced).foreach { case (kind, predicate) =>
    test(s"what a $kind variable holds decides") {
      Seq(true -> Seq(2.5, 0.0), false -> Seq(0.0, 2.5)).foreach { case (taken, values) =>
        val stored = Map("flag" -> Array(if (taken) 1.0 else 0.0))
        val left = folded(conditional(predicate: _*), "y", stored)
        assert(!opsOf(left).exists(Set("Switch", "Merge")))
        assert(NativeRun(left, "y", "x" -> rows) === values)
      }
    }

    test(s"a $kind variable of which nothing is known, or of several values, decides nothing") {
      Seq(Map[String, Array[Double]](), Map("flag" -> Array(0.0, 1.0))).foreach { stored =>
        assert(opsOf(folded(conditional(predicate: _*), "y", stored))("Merge"))
      }
    }
  }

  test("a variable decides nothing that is read after it was changed") {
    val stored = Map("flag" -> Array(0.0))
    val assign = node("assign", "AssignVariableOp", "flag", "new").having("dtype" -> Bool)
    val assignReference = node("assign", "Assign", "flag", "new").having("T" -> Bool)
    val waits = "^assign"
    val read = handled.last.toBuilder.addInput(waits).build
    val later = Seq(node("done", "NoOp", waits), handled.last.toBuilder.addInput("^done").build)
    val found = Seq(
      handled.init ++ Seq(boolConst("new", true), assign, read),
      handled.init ++ Seq(boolConst("new", true), assign) ++ later,
      referenced.init ++ Seq(
        boolConst("new", true),
        assignReference,
        referenced.last.toBuilder.addInput(waits).build
      )
    ).map(predicate => opsOf(folded(conditional(predicate: _*), "y", stored)))
    found.foreach(ops => assert(ops("Merge") && ops.exists(_.startsWith("Assign"))))
    val other = handled ++ Seq(
      boolConst("new", true),
      flag.toBuilder.setName("other").build,
      assign.toBuilder.setInput(0, "other").build
    )
    assert(!opsOf(folded(conditional(other: _*), "y", stored))("Merge"))
  }

  test("a tensor in a branch that is never taken is none") {
    val left = fold(conditional(boolConst("p", true)), "f", "t", "split:0", "split:1")
    assert(
      left.fetches.asScala.toSeq === Seq(null, TensorId.parse("t"), null, TensorId.parse("split"))
    )
  }

  private val plus = unary("plus")(float("sum", "AddV2", "x", "x"))("sum:z:0")
  private val minus = unary("minus")(float("neg", "Neg", "x"))("neg:y:0")

  private def branching(op: String, choice: NodeDef, functions: (String, Any)*): GraphDef =
    graph(
      placeholder("x"),
      choice,
      node("cond", op, "p", "x")
        .having(Seq("Tin" -> Seq(Float32), "Tout" -> Seq(Float32)) ++ functions: _*),
      identity("y", "cond")
    ).withFunctions(plus, minus)

  Seq("If", "StatelessIf").foreach { op =>
    test(s"$op: the function that a constant chooses is inlined") {
      val functions = Seq(
        "then_branch" -> Func("plus"),
        "else_branch" -> Func("minus"),
        "Tcond" -> Bool
      )
      Seq(true -> Seq(3.0, -5.0), false -> Seq(-1.5, 2.5)).foreach { case (taken, values) =>
        val left = folded(branching(op, boolConst("p", taken), functions: _*), "y")
        assert(!opsOf(left)(op))
        assert(NativeRun(left, "y", "x" -> rows) === values)
      }
      val open = branching(op, placeholder("p", Bool), functions: _*)
      assert(opsOf(folded(open, "y"))(op))
    }
  }

  test("the function that a stored variable chooses is inlined, what it would change is not") {
    val changing = function("changing", "flag" -> DataType.DT_RESOURCE, "x" -> Float32)(
      boolConst("on", true),
      node("set", "AssignVariableOp", "flag", "on:output:0").having("dtype" -> Bool),
      float("neg", "Neg", "x").toBuilder.addInput("^set").build
    )("y" -> Float32 -> "neg:y:0")
    val leaving = function("leaving", "flag" -> DataType.DT_RESOURCE, "x" -> Float32)(
      float("sum", "AddV2", "x", "x")
    )("y" -> Float32 -> "sum:z:0")
    val whole = graph(
      placeholder("x"),
      flag,
      node("p", "ReadVariableOp", "flag").having("dtype" -> Bool),
      node("cond", "If", "p", "flag", "x").having(
        "Tin" -> Seq(DataType.DT_RESOURCE, Float32),
        "Tout" -> Seq(Float32),
        "Tcond" -> Bool,
        "then_branch" -> Func("leaving"),
        "else_branch" -> Func("changing")
      ),
      identity("y", "cond")
    ).withFunctions(changing, leaving)
    val left = folded(whole, "y", Map("flag" -> Array(1.0)))
    assert(opsOf(left) === Set("Placeholder", "AddV2", "Identity"))
    assert(NativeRun(left, "y", "x" -> rows) === Seq(3.0, -5.0))
    assert(opsOf(folded(whole, "y", Map("flag" -> Array(0.0))))("AssignVariableOp"))
    assert(opsOf(folded(whole, "y"))("If"))
  }

  Seq("Case", "StatelessCase").foreach { op =>
    test(s"$op: the function that a constant chooses, the last where there is none of its number") {
      Seq(0 -> Seq(3.0, -5.0), 1 -> Seq(-1.5, 2.5), 7 -> Seq(-1.5, 2.5), -1 -> Seq(-1.5, 2.5))
        .foreach { case (number, values) =>
          val whole =
            branching(op, intConst("p", number), "branches" -> Seq(Func("plus"), Func("minus")))
          val left = folded(whole, "y")
          assert(!opsOf(left)(op))
          assert(NativeRun(left, "y", "x" -> rows) === values)
          assert(NativeRun(whole, "y", "x" -> rows) === values)
        }
    }
  }

  test("branches in branches") {
    val inner = function("inner", "p" -> Bool, "x" -> Float32)(
      node("nested", "If", "p", "x").having(
        "Tin" -> Seq(Float32),
        "Tout" -> Seq(Float32),
        "Tcond" -> Bool,
        "then_branch" -> Func("minus"),
        "else_branch" -> Func("plus")
      )
    )("y" -> Float32 -> "nested:output:0")
    val outer = graph(
      placeholder("x"),
      boolConst("p", true),
      node("cond", "If", "p", "p", "x").having(
        "Tin" -> Seq(Bool, Float32),
        "Tout" -> Seq(Float32),
        "Tcond" -> Bool,
        "then_branch" -> Func("inner"),
        "else_branch" -> Func("inner")
      ),
      identity("y", "cond")
    ).withFunctions(inner, plus, minus)
    val left = folded(outer, "y")
    assert(!opsOf(left)("If"))
    assert(NativeRun(left, "y", "x" -> rows) === Seq(-1.5, 2.5))
  }

  /** As tf.nn.dropout of TensorFlow 1.15 (`rate`) and of older versions (`keep_prob`). */
  private def dropout(isNew: Boolean, switch: Float): GraphDef = {
    val random = Seq(
      placeholder("x"),
      const("switch", switch),
      int("sizes", "Shape", "x").having("T" -> Float32, "out_type" -> Int32),
      node("random", "RandomUniform", "sizes").having("dtype" -> Float32, "T" -> Int32),
      const("zero", 0),
      const("one", 1),
      float("width", "Sub", "one", "zero"),
      float("wide", "Mul", "random", "width"),
      float("uniform", "Add", "wide", "zero")
    )
    val mask =
      if (isNew)
        Seq(
          float("rate", "Sub", "one", "switch"),
          float("kept", "GreaterEqual", "uniform", "rate"),
          node("mask", "Cast", "kept").having("SrcT" -> Bool, "DstT" -> Float32)
        )
      else Seq(float("sum", "Add", "switch", "uniform"), float("mask", "Floor", "sum"))
    val scaled = Seq(float("scaled", "RealDiv", "x", "switch"), float("y", "Mul", "scaled", "mask"))
    graph(random ++ mask ++ scaled: _*)
  }

  Seq(true, false).foreach { isNew =>
    test(s"random numbers of a dropout that keeps everything are left out, isNew = $isNew") {
      val left = folded(dropout(isNew, 1), "y")
      assert(!opsOf(left)("RandomUniform"))
      assert(NativeRun(left, "y", "x" -> rows) === rows.map(_.toDouble))
      assert(NativeRun(dropout(isNew, 1), "y", "x" -> rows) === rows.map(_.toDouble))
    }

    test(s"those of a dropout that acts stay, isNew = $isNew") {
      Seq(0.5f, 0.999f, Math.nextDown(1f)).foreach { switch =>
        assert(opsOf(folded(dropout(isNew, switch), "y"))("RandomUniform"), switch)
      }
    }

    test(s"those that are tapped stay, isNew = $isNew") {
      assert(opsOf(folded(dropout(isNew, 1), "uniform"))("RandomUniform"))
    }
  }

  test("noise times zero is left out, noise times anything else stays") {
    def noisy(stddev: Float) = graph(
      placeholder("x"),
      const("stddev", stddev),
      int("sizes", "Shape", "x").having("T" -> Float32, "out_type" -> Int32),
      node("random", "RandomStandardNormal", "sizes").having("dtype" -> Float32, "T" -> Int32),
      float("noise", "Mul", "random", "stddev"),
      float("y", "AddV2", "x", "noise")
    )
    assert(opsOf(folded(noisy(1e-6f), "y"))("RandomStandardNormal"))
    val left = folded(noisy(0), "y")
    assert(!opsOf(left)("RandomStandardNormal"))
    assert(NativeRun(left, "y", "x" -> rows) === rows.map(_.toDouble))
  }

  test("a value that may not be finite times zero is not zero") {
    val masked = graph(
      placeholder("x"),
      const("zero", 0),
      int("sizes", "Shape", "x").having("T" -> Float32, "out_type" -> Int32),
      node("random", "RandomUniform", "sizes").having("dtype" -> Float32, "T" -> Int32),
      float("dropped", "Mul", "x", "random"),
      float("y", "Mul", "dropped", "zero")
    )
    assert(opsOf(folded(masked, "y"))("RandomUniform"))
  }
}

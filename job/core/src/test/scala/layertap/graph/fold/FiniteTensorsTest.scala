package layertap.graph.fold

import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, FunctionDef, NodeDef}

/** What a node takes is finite or not, as the ops before it tell. */
class FiniteTensorsTest extends AnyFunSuite {
  private val Unsigned = DataType.DT_UINT8

  /** Whether `last` is finite; `x` are the numbers that are fed. */
  private def isFinite(fed: DataType, nodes: NodeDef*)(functions: FunctionDef*): Boolean = {
    val cast = node("x", "Cast", "fed").having("SrcT" -> fed, "DstT" -> Float32)
    val whole = graph(placeholder("fed", fed) +: cast +: nodes: _*).withFunctions(functions: _*)
    FiniteTensors.of(whole).contains(nodes.last)
  }

  private def of(op: String, inputs: String*): NodeDef = float("y", op, inputs: _*)
  private val half = const("c", 0.5f)
  private def power(exponent: Float) = Seq(const("c", exponent), of("Pow", "x", "c"))
  private def quotient(by: Float) =
    Seq(const("c", by), float("s", "AddV2", "x", "c"), of("RealDiv", "x", "s"))
  private def cast(name: String, input: String, from: DataType, to: DataType) =
    node(name, "Cast", input).having("SrcT" -> from, "DstT" -> to)
  private def bitcast(name: String, input: String, from: DataType, to: DataType) =
    node(name, "Bitcast", input).having("T" -> from, "type" -> to)
  private val oneAndZero =
    node("c", "Const").having("dtype" -> Float32, "value" -> tensor(2)(1, 0))
  private val unstacked = node("u", "Unpack", "x").having("T" -> Float32, "num" -> 2, "axis" -> 0)
  private val more = Seq(half, float("more", "AddV2", "x", "c"))
  private def logOfCast(to: DataType) =
    more ++ Seq(cast("z", "more", Float32, to), node("y", "Log", "z").having("T" -> to))

  // What is not negative, and what may be, is finite.
  Seq(
    "x" -> Seq(identity("y", "x")) -> (true, true),
    "a root" -> Seq(of("Sqrt", "x")) -> (true, false),
    "a root of a square" -> Seq(float("s", "Square", "x"), of("Sqrt", "s")) -> (true, true),
    "a root of a product with itself" -> Seq(float("s", "Mul", "x", "x"), of("Sqrt", "s")) ->
      (true, true),
    "a root of a difference" -> Seq(half, float("s", "Sub", "x", "c"), of("Sqrt", "s")) ->
      (false, false),
    "a logarithm" -> Seq(of("Log", "x")) -> (false, false),
    "a logarithm of more" -> Seq(half, float("s", "AddV2", "x", "c"), of("Log", "s")) ->
      (true, false),
    "a logarithm of one more" -> Seq(of("Log1p", "x")) -> (true, false),
    "a reciprocal root" -> Seq(half, float("s", "AddV2", "x", "c"), of("Rsqrt", "s")) ->
      (true, false),
    "a power of a half" -> power(0.5f) -> (true, false),
    "a square" -> power(2) -> (true, true),
    "a reciprocal" -> power(-1) -> (false, false),
    "an unknown power" -> Seq(of("Pow", "x", "x")) -> (false, false),
    "an exponential" -> Seq(of("Exp", "x")) -> (false, false),
    "a float16" -> Seq(
      cast("h", "x", Float32, DataType.DT_HALF),
      cast("y", "h", DataType.DT_HALF, Float32)
    ) ->
      (false, false),
    "an inverse" -> Seq(of("Erfinv", "x")) -> (false, false),
    "a remainder" -> Seq(of("FloorMod", "x", "x")) -> (false, false),
    "a whole quotient" -> Seq(of("FloorDiv", "x", "x")) -> (false, false),
    "a quotient of more" -> quotient(1e-7f) -> (true, true),
    "a quotient of less" -> quotient(-1) -> (false, false),
    "a quotient of constants with a zero" ->
      Seq(oneAndZero, identity("i", "c"), of("RealDiv", "x", "i")) -> (false, false),
    "a root of a constant below zero" -> Seq(const("c", -1), of("Sqrt", "c")) -> (false, false),
    "a Bitcast of int32" -> Seq(bitcast("y", "fed", Int32, Float32)) -> (false, false),
    "a Bitcast to int32" -> Seq(bitcast("y", "x", Float32, Int32)) -> (true, true),
    "a regularized beta of its last input" ->
      Seq(half, of("Betainc", "c", "c", "x")) -> (false, false),
    "an incomplete gamma of its last input" -> Seq(half, of("Igamma", "c", "x")) -> (false, false),
    "a gradient of a root" -> Seq(of("SqrtGrad", "x", "x")) -> (false, false),
    "a sequence example" -> Seq(node("y", "ParseSequenceExample", "x")) -> (false, false),
    "a logarithm of a running sum" ->
      (more ++ Seq(intConst("axis", 0), float("s", "Cumsum", "more", "axis"), of("Log", "s"))) ->
      (false, false),
    "a root of a running sum" ->
      (more ++ Seq(intConst("axis", 0), float("s", "Cumsum", "more", "axis"), of("Sqrt", "s"))) ->
      (true, false),
    "a root of a product of two outputs" ->
      Seq(unstacked, float("s", "Mul", "u", "u:1"), of("Sqrt", "s")) -> (false, false),
    "a root of a product of an output with itself" ->
      Seq(unstacked, float("s", "Mul", "u:1", "u:1"), of("Sqrt", "s")) -> (true, true),
    "a logarithm of halves" -> logOfCast(DataType.DT_HALF) -> (false, false),
    "a logarithm of doubles" -> logOfCast(DataType.DT_DOUBLE) -> (true, false),
    "an infinite power" -> power(Float.PositiveInfinity) -> (false, false),
    "an infinite constant" ->
      Seq(const("c", Float.NegativeInfinity), of("Maximum", "x", "c")) -> (true, true),
    "a half" -> Seq(half, of("RealDiv", "x", "c")) -> (true, true),
    "not a number" -> Seq(const("c", Float.NaN), of("Mul", "x", "c")) -> (false, false)
  ).foreach { case ((name, nodes), (ofUnsigned, ofSigned)) =>
    test(s"$name is finite: $ofUnsigned of what is not negative, else $ofSigned") {
      assert(isFinite(Unsigned, nodes: _*)() === ofUnsigned)
      assert(isFinite(Int32, nodes: _*)() === ofSigned)
    }
  }

  test("whole numbers are divided without infinities") {
    val divided = int("y", "FloorDiv", "fed", "fed")
    assert(isFinite(Int32, divided)())
  }

  test("the bodies of branches and loops, and those of calls in them") {
    val branch = node("y", "StatelessIf", "flag", "x").having(
      "then_branch" -> Func("then"),
      "else_branch" -> Func("else"),
      "Tin" -> Seq(Float32),
      "Tout" -> Seq(Float32),
      "Tcond" -> Bool
    )
    def runs(quotient: NodeDef*) = {
      val inner = unary("inner")(quotient: _*)("z:z:0")
      val calling = unary("then")(call("called", "inner", "x"))("called:output:0")
      isFinite(Int32, boolConst("flag", true), branch)(inner, calling, reluFunction("else"))
    }
    assert(!runs(float("z", "RealDiv", "x", "x")))
    assert(runs(const("two", 2), float("z", "RealDiv", "x", "two:output:0")))
    assert(!runs(oneAndZero, float("z", "RealDiv", "x", "c:output:0")))
    assert(runs(const("two", 2), float("z", "Pow", "x", "two:output:0")))
    assert(!runs(const("two", 2.5f), float("z", "Pow", "x", "two:output:0")))
    assert(!runs(const("two", -2), float("z", "Pow", "x", "two:output:0")))
    assert(!runs(float("z", "Pow", "x", "x")))
    assert(!runs(const("two", 2), float("z", "Zeta", "two:output:0", "x")))
    assert(!runs(const("two", Float.NaN), float("z", "Mul", "x", "two:output:0")))
    assert(runs(const("two", Float.NegativeInfinity), float("z", "Maximum", "x", "two:output:0")))
    assert(runs(float("z", "AddV2", "x", "x")))
  }
}

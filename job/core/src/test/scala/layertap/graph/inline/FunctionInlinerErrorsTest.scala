package layertap.graph.inline

import layertap.failure.GraphException
import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.FunctionDef

class FunctionInlinerErrorsTest extends AnyFunSuite {
  // x ─▶ c (f)
  private def refused(functions: FunctionDef*): String = {
    val source = graph(placeholder("x"), call("c", "f", "x")).withFunctions(functions: _*)
    intercept[GraphException](
      FunctionInliner.inline(source, java.util.List.of("c"), ops)
    ).getMessage
  }

  test("a function that is not there") {
    assert(refused() === "cannot inline 'c': the graph has no function 'f'")
  }

  test("a call with too few inputs") {
    val f = function("f", "x" -> Float32, "y" -> Float32)()("z" -> Float32 -> "x")
    assert(refused(f) === "cannot inline 'c': it gives 1 inputs, function 'f' takes 2")
  }

  // what a function returns, why that cannot be
  Seq(
    "gone:y:0" -> "cannot inline function 'f': it has no node 'gone'",
    "relu:gone:0" -> "cannot follow the graph: op Relu has no output 'gone'",
    "relu:activations:x" -> "cannot read the tensor name 'x:x': no index after ':'"
  ).foreach { case (returned, reason) =>
    test(s"a function that returns $returned") {
      assert(refused(unary("f")(float("relu", "Relu", "x"))(returned)) === reason)
    }
  }

  test("a function that declares an output and does not return it") {
    val f = function("f", "x" -> Float32)()().toBuilder
    f.getSignatureBuilder.addOutputArgBuilder().setName("y").setType(Float32)
    assert(refused(f.build) === "cannot inline function 'f': it does not return 'y'")
  }

  test("a root that is not there") {
    val e = intercept[GraphException](
      FunctionInliner.inline(graph(placeholder("x")), java.util.List.of("gone"), ops)
    )
    assert(e.getMessage === "cannot read the graph: it has no node 'gone'")
  }

  // f0 calls f1 `times`, f1 calls f2 …
  private def chain(length: Int, times: Int): Seq[FunctionDef] = {
    def link(i: Int) = {
      val calls = (1 to times).map(k => call(s"call$k", name(i + 1), "x"))
      unary(name(i))(calls: _*)("call1:output:0")
    }
    (0 until length).map(link) :+ reluFunction(name(length))
  }

  private def name(i: Int): String = if (i == 0) "f" else s"f$i"

  test("functions that call each other without end") {
    val f = unary("f")(call("c", "g", "x"))("c:output:0")
    val g = unary("g")(call("c", "f", "x"))("c:output:0")
    assert(refused(f, g) === "cannot inline 'c/c/c': function 'f' calls itself")
  }

  test("calls nested deeper than any model's do not overflow the stack") {
    assert(refused(chain(100000, times = 1): _*).startsWith("cannot inline 'c/call1/call1/"))
  }

  test("calls that double thirty times are refused before the nodes are made") {
    val started = System.nanoTime
    assert(
      refused(chain(30, times = 2): _*) ===
        "cannot inline the graph: its function calls expand to more than 2000000 nodes"
    )
    assert(System.nanoTime - started < 5e9)
  }
}

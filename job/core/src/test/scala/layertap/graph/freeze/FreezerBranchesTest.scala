package layertap.graph.freeze

import layertap.failure.GraphException
import layertap.graph.Graphs
import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, FunctionDef, GraphDef, NodeDef}

class FreezerBranchesTest extends AnyFunSuite {
  private val branchOps = Seq("If", "StatelessIf", "Case", "StatelessCase")

  // choice, inputs ─▶ branch (first | second)
  private def branch(op: String, choosesFirst: Boolean, first: String, second: String)(
      inputs: (String, DataType)*
  )(returned: DataType): Seq[NodeDef] = {
    val node = Graphs
      .node("branch", op, "choice" +: inputs.map(_._1): _*)
      .having("Tin" -> inputs.map(_._2), "Tout" -> Seq(returned))
    if (op.endsWith("If")) {
      val functions = Seq("then_branch" -> Func(first), "else_branch" -> Func(second))
      Seq(boolConst("choice", choosesFirst), node.having("Tcond" -> Bool).having(functions: _*))
    } else {
      val choice = intConst("choice", if (choosesFirst) 0 else 1)
      Seq(choice, node.having("branches" -> Seq(Func(first), Func(second))))
    }
  }

  private def computing(name: String, op: String): FunctionDef =
    function(name, "a" -> Float32, "h" -> Resource)(
      read("read", "h"),
      float("z", op, "a", "read:value:0")
    )("y" -> Float32 -> "z:z:0")

  // x, v ─▶ branch (x + v | x * v)
  private def usingVariable(op: String, choosesFirst: Boolean): GraphDef =
    graph(
      Seq(placeholder("x"), handle("v", 2)) ++
        branch(op, choosesFirst, "add", "multiply")("x" -> Float32, "v" -> Resource)(Float32): _*
    ).withFunctions(computing("add", "AddV2"), computing("multiply", "Mul"))

  // v, w ─▶ branch (v | second) ─▶ read ─▶ y ◀─ x
  private def handingOn(op: String, second: String): GraphDef = {
    val handles = Seq("v" -> Resource, "w" -> Resource)
    val hands = handles.map { case (name, _) =>
      function(name, handles: _*)()("h" -> Resource -> name)
    }
    graph(
      Seq(placeholder("x"), handle("v", 2), handle("w", 2).having("dtype" -> Int32)) ++
        branch(op, choosesFirst = true, "v", second)(handles: _*)(Resource) ++
        Seq(read("read", "branch"), float("y", "Mul", "x", "read")): _*
    ).withFunctions(hands: _*)
  }

  branchOps.foreach { op =>
    test(s"$op computes with a variable in either branch") {
      val v = tensor(2)(10, 100)
      assert(FrozenRun(usingVariable(op, choosesFirst = true), "branch", v) === Seq(11, 102))
      assert(FrozenRun(usingVariable(op, choosesFirst = false), "branch", v) === Seq(10, 200))
    }

    test(s"$op returns a variable that it took") {
      val frozen = Freezer.freeze(handingOn(op, "v")).graph
      assert(find(frozen, "branch").getAttrOrThrow("Tout").getList.getType(0) === Float32)
      assert(find(frozen, "read") === identity("read", "branch"))
    }

    test(s"$op whose branches return variables of different dtypes") {
      val e = intercept[GraphException](Freezer.freeze(handingOn(op, "w")))
      assert(
        e.getMessage === "cannot freeze the variables of the branch 'branch': " +
          "its functions return different ones"
      )
    }
  }

  test("a branch that is not there") {
    val source = usingVariable("If", choosesFirst = true).withFunctions(computing("add", "AddV2"))
    assert(
      intercept[GraphException](Freezer.freeze(source)).getMessage ===
        "cannot freeze the graph: it has no function 'multiply'"
    )
  }
}

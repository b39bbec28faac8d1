package layertap.model.layers.matching

import layertap.model.layers.TracedModel
import layertap.graph.Graphs._
import layertap.model.layers.keras.Topology.Element
import layertap.model.layers.TracedModel._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef

/** Which traced call a call takes, by all rules together: of a layer `f` that is called twice, in
  * the scopes `f_1` and `f_2`.
  */
class TracedCallsTest extends AnyFunSuite {
  private val inputs = Seq(input("x"), input("z"))

  /** Scopes of the calls, in the topology's order. */
  private def scopes(nodes: NodeDef*)(layers: Element*): Seq[Option[String]] = {
    val all = Seq(placeholder("x"), placeholder("z")) ++ nodes
    val calls = TracedModel.keras3(nodes.last.getName)(all: _*).solve(inputs ++ layers: _*)
    calls("f").map(scope)
  }

  private def binary(name: String, op: String, one: String, other: String): NodeDef =
    float(s"m_1/$name/$op", op, one, other)

  private def unary(name: String, from: String): NodeDef =
    float(s"m_1/$name/Relu", "Relu", from)

  private val sum = keras("sum", "Add")(Seq("f", "f@1"))

  test("calls differ by what they take") {
    val found = scopes(
      unary("f_1", "z"),
      unary("f_2", "x"),
      binary("sum_1", "AddV2", "m_1/f_2/Relu", "m_1/f_1/Relu")
    )(keras("f", "ReLU")(Seq("x"), Seq("z")), sum)
    assert(found === Seq(Some("f_2"), Some("f_1")))
  }

  private val crossed = Seq(
    binary("f_1", "Sub", "z", "x"),
    binary("f_2", "Sub", "x", "z"),
    unary("one_1", "m_1/f_1/Sub"),
    unary("other_1", "m_1/f_2/Sub"),
    binary("sum_1", "AddV2", "m_1/one_1/Relu", "m_1/other_1/Relu")
  )

  test("one of Keras' own merging layers takes its inputs in order") {
    val found = scopes(binary("f_1", "Sub", "z", "x") +: crossed.slice(1, 2): _*)(
      keras("f", "Subtract")(Seq("x", "z"), Seq("z", "x"))
    )
    assert(found === Seq(Some("f_2"), Some("f_1")))
  }

  test("a layer of the user's own may not: nothing tells its calls apart") {
    val found = scopes(crossed.take(2): _*)(own("f")(Seq("x", "z"), Seq("z", "x")))
    assert(found === Seq(None, None))
  }

  test("but who takes what they give does") {
    val found = scopes(crossed: _*)(
      own("f")(Seq("x", "z"), Seq("z", "x")),
      keras("one", "ReLU")(Seq("f")),
      keras("other", "ReLU")(Seq("f@1")),
      keras("sum", "Add")(Seq("one", "other"))
    )
    assert(found === Seq(Some("f_1"), Some("f_2")))
  }

  private def alike(first: String, second: String) = scopes(
    unary("f_1", "x"),
    unary("f_2", "x"),
    unary("one_1", s"m_1/$first/Relu"),
    unary("other_1", s"m_1/$second/Relu"),
    binary("sum_1", "AddV2", "m_1/one_1/Relu", "m_1/other_1/Relu")
  )(
    keras("f", "ReLU")(Seq("x"), Seq("x")),
    keras("one", "ReLU")(Seq("f")),
    keras("other", "ReLU")(Seq("f@1")),
    keras("sum", "Add")(Seq("one", "other"))
  )

  test("calls that take the same differ by who takes what they give") {
    assert(alike("f_1", "f_2") === Seq(Some("f_1"), Some("f_2")))
    assert(alike("f_2", "f_1") === Seq(Some("f_2"), Some("f_1")))
  }

  test("calls that take the same give the same: where nothing else is told, each gets one") {
    val found = scopes(unary("f_1", "x"), unary("f_2", "x"))(keras("f", "ReLU")(Seq("x"), Seq("x")))
    assert(found.flatten.toSet === Set("f_1", "f_2"))
  }

  test("the last call gets what is left") {
    val found = scopes(
      unary("f_1", "z"),
      unary("f_2", "x"),
      binary("sum_1", "AddV2", "m_1/f_2/Relu", "m_1/f_1/Relu")
    )(own("pick")(Seq("x", "z")), keras("f", "ReLU")(Seq("x"), Seq("pick")), sum)
    assert(found === Seq(Some("f_2"), Some("f_1")))
  }

  test("no call gets one of more traced calls than there are calls") {
    val nodes = Seq(unary("f_1", "x"), unary("f_2", "z"), unary("f_3", "m_1/f_2/Relu"))
    val found = scopes(nodes: _*)(keras("f", "ReLU")(Seq("x"), Seq("z")))
    assert(found === Seq(None, None))
  }
}

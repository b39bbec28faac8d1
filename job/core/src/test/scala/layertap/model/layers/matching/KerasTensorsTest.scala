package layertap.model.layers.matching

import layertap.model.layers.TracedModel
import layertap.graph.Graphs._
import layertap.model.layers.TracedModel._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef

/** What is found of Keras tensors by all rules together. */
class KerasTensorsTest extends AnyFunSuite {
  private val inputs = Seq(placeholder("x"), placeholder("z"))
  private val a = float("m_1/a_1/Relu", "Relu", "x")
  private val layers = Seq(input("x"), input("z"), keras("a", "ReLU")(Seq("x")))

  private def model(nodes: NodeDef*): TracedModel =
    TracedModel.keras3(nodes.last.getName)(inputs ++ (a +: nodes): _*)

  // a ─▶ AddV2 ─▶ AddV2_1      the picked tensor enters first and last
  // z ──▲    a ──▲
  test("one of Keras' own merging layers takes each of its inputs, in order") {
    val traced = model(
      float("m_1/sum_1/AddV2", "AddV2", a.getName, "z"),
      float("m_1/sum_1/AddV2_1", "AddV2", "m_1/sum_1/AddV2", a.getName)
    )
    val sum = keras("sum", "Add")(Seq("pick", "z", "pick"))
    val calls = traced.solve(layers ++ Seq(own("pick")(Seq("z", "a")), sum): _*)
    assert(output(calls("pick").head) === Some("m_1/a_1/Relu:0"))
  }

  test("a layer of the user's own may take them in any order, if one of two is known") {
    val traced = model(float("m_1/less_1/Sub", "Sub", "z", a.getName))
    val less = own("less")(Seq("pick", "z"))
    val calls = traced.solve(layers ++ Seq(own("pick")(Seq("z", "a")), less): _*)
    assert(output(calls("pick").head) === Some("m_1/a_1/Relu:0"))
  }

  test("nothing is told of two that are not known") {
    val traced = model(float("m_1/less_1/Sub", "Sub", "z", a.getName))
    val picks = Seq(own("one")(Seq("z", "a")), own("other")(Seq("a", "z")))
    val calls = traced.solve(layers ++ picks :+ own("less")(Seq("one", "other")): _*)
    assert(output(calls("one").head) === None)
    assert(output(calls("other").head) === None)
  }

  test("what picks one of equal tensors is told, one of others is not, though nobody takes it") {
    val traced = model(float("m_1/head_1/Relu", "Relu", a.getName))
    val picks = Seq(own("same")(Seq("a", "a")), own("other")(Seq("a", "z")))
    val calls = traced.solve(layers ++ picks :+ keras("head", "ReLU")(Seq("a")): _*)
    assert(output(calls("same").head) === Some("m_1/a_1/Relu:0"))
    assert(output(calls("other").head) === None)
  }

  // a ─▶ Identity      pick takes both
  private def picked(taken: String*): Option[String] = {
    val idle = float("m_1/idle_1/Identity", "Identity", a.getName)
    val names = Map("idle" -> idle.getName, "a" -> a.getName, "z" -> "z")
    val head = float("m_1/head_1/AddN", "AddN", taken.map(names): _*)
    val calls = model(idle, head).solve(
      layers ++ Seq(
        keras("idle", "Dropout")(Seq("a")),
        own("pick")(Seq("idle", "a")),
        own("head")("pick" +: taken.drop(1))
      ): _*
    )
    Option(calls("pick").head.gradients.outputs.get(0)).map(_.toString)
  }

  test("which of two tensors of one value a layer picked is told by what takes it alone") {
    assert(picked("idle") === Some("m_1/idle_1/Identity:0"))
    assert(picked("a") === Some("m_1/a_1/Relu:0"))
    assert(picked("a", "z") === Some("m_1/a_1/Relu:0"))
    assert(picked("a", "idle") === None)
  }

  private val summed = Seq(own("token")(Seq("a")), keras("sum", "Add")(Seq("a", "token")))

  test("a layer that gives its weights hands nothing on") {
    val traced = model(
      handle("token/w"),
      read("m_1/token_1/Read", "token/w"),
      float("m_1/sum_1/AddV2", "AddV2", a.getName, "m_1/token_1/Read")
    )
    assert(output(traced.solve(layers ++ summed: _*)("token").head) === None)
  }

  test("nor does one whose weights the next layer reads") {
    val traced = model(
      handle("token/w"),
      read("m_1/sum_1/Read", "token/w"),
      float("m_1/sum_1/AddV2", "AddV2", a.getName, "m_1/sum_1/Read")
    )
    assert(output(traced.solve(layers ++ summed: _*)("token").head) === None)
  }

  test("a layer without ops hands on, whatever it computes that nobody takes") {
    val sum = float("m_1/sum_1/AddV2", "AddV2", a.getName, a.getName)
    for (nodes <- Seq(Seq(sum), Seq(const("m_1/token_1/Const", 1), sum)))
      assert(
        output(model(nodes: _*).solve(layers ++ summed: _*)("token").head) === Some(
          "m_1/a_1/Relu:0"
        )
      )
  }
}

package layertap.model.select

import layertap.graph.Graphs.{float, graph, placeholder}
import layertap.model.layers.keras.TopologyFile
import layertap.model.select.SelectorParser.{parse, parseAt}
import layertap.failure.UserException
import layertap.model.LoadedModel
import layertap.testing.SavedModels.{of, port, signature}
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite

/** A layer of the user's own without ops, of which nothing tells what it gives: `swap` returns its
  * inputs in the other order.
  * {{{
  *   x ─▶ swap ─▶ idle ─▶ mix
  *   y ──▲    └──────────▲
  * }}}
  */
class UntoldInputsTest extends AnyFunSuite {
  private def tensor(layer: String, output: Int = 0): String =
    s"""{"class_name": "__keras_tensor__", "config": {"keras_history": ["$layer", 0, $output]}}"""

  private def layer(name: String, module: String, className: String, takes: String): String = {
    val calls = if (takes.isEmpty) "" else s"""{"args": [$takes], "kwargs": {}}"""
    s"""{"name": "$name", "module": "$module", "class_name": "$className",
       | "config": {"name": "$name"}, "inbound_nodes": [$calls]}""".stripMargin
  }

  private val layers = Seq(
    layer("x", "keras.layers", "InputLayer", ""),
    layer("y", "keras.layers", "InputLayer", ""),
    layer("swap", "own", "Swap", s"[${tensor("x")}, ${tensor("y")}]"),
    layer("idle", "keras.layers", "Dropout", tensor("swap")),
    layer("mix", "own", "Mix", s"[${tensor("idle")}, ${tensor("swap", 1)}]")
  )

  private val topology = TopologyFile.parse(
    "m.json",
    s"""{"module": "keras", "class_name": "Functional", "config": {"name": "m", "layers":
       |[${layers.mkString(",\n")}],
       |"input_layers": [["x", 0, 0], ["y", 0, 0]], "output_layers": [["mix", 0, 0]]}}""".stripMargin
      .getBytes("UTF-8")
  )

  private val model: LoadedModel = TestData.load(
    of(
      graph(placeholder("x"), placeholder("y"), float("m/mix/Sub", "Sub", "y", "x")),
      signature(port("x", "x:0"), port("y", "y:0"))(port("mix", "m/mix/Sub:0"))
    ),
    Some(topology)
  )

  private def resolve(name: String, at: String): String =
    new SelectorResolver(model.graph, model.layers, model.signature)
      .resolve(parse(name, parseAt(at)))
      .get(0)
      .tensor
      .toString

  private def refused(name: String, at: String): String =
    intercept[UserException](resolve(name, at)).getMessage

  test("what enters the layer before is known") {
    assert(resolve("swap", "input:1") === "y:0")
  }

  test("what enters a layer without ops after it is not") {
    assert(
      refused(
        "idle",
        "input"
      ) === "cannot tap the input of the layer 'idle': the graph does not show " +
        "which tensor enters it; tap the layer before it, or name a tensor " +
        "with { graph-tensor = … }"
    )
  }

  test("nor in which order a layer of the user's own takes it") {
    assert(refused("mix", "input:0").contains("the graph does not tell the order of its inputs"))
  }

}

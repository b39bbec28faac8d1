package layertap.model.select

import java.util.{List => JavaList}
import layertap.failure.UserException
import layertap.graph.Graphs._
import layertap.graph.{GraphIndex, TensorId}
import layertap.model.layers.{GradientTensors, Layer, LayerCall, LayerIndex, Region}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** A layer inside a TimeDistributed layer of Keras 2 that is called twice, on x and on y. */
class DistributedStepsTest extends AnyFunSuite {
  private val index = new GraphIndex(
    graph(
      node("x", "Placeholder").having("dtype" -> Float32),
      node("y", "Placeholder").having("dtype" -> Float32),
      node("steps/Reshape", "Reshape", "x", "shape").having("T" -> Float32),
      node("steps/inner/Relu", "Relu", "steps/Reshape").having("T" -> Float32),
      node("steps/Reshape_1", "Reshape", "y", "shape").having("T" -> Float32),
      node("steps/inner/Relu_1", "Relu", "steps/Reshape_1").having("T" -> Float32),
      node("shape", "Const").having("dtype" -> Int32)
    ),
    ops
  )

  private def call(input: String, output: String)(nodes: String*): LayerCall =
    call(index, input, output)(nodes: _*)

  private def call(index: GraphIndex, input: String, output: String)(nodes: String*) =
    new LayerCall(
      new Region(nodes.map(index.require).toArray.sorted),
      if (input.isEmpty) JavaList.of() else JavaList.of(TensorId.parse(input)),
      true,
      java.util.Map.of(0, TensorId.parse(output)),
      java.util.Set.of(),
      JavaList.of(),
      java.util.Map.of(),
      JavaList.of(),
      JavaList.of(),
      GradientTensors.NONE
    )

  private val ofX = call("x:0", "steps/Reshape:0")("steps/Reshape", "steps/inner/Relu")
  private val ofY = call("y:0", "steps/Reshape_1:0")("steps/Reshape_1", "steps/inner/Relu_1")
  private val unknown = call("", "steps/Reshape_1:0")()
  private val innerOfX = call("steps/Reshape:0", "steps/inner/Relu:0")("steps/inner/Relu")
  private val innerOfY = call("steps/Reshape_1:0", "steps/inner/Relu_1:0")("steps/inner/Relu_1")

  /** What tells rows and steps of the tap of one call of the layer inside. */
  private def told(around: LayerCall*)(inside: LayerCall*)(number: Int): String = {
    val steps = layer("TimeDistributed", around, "steps")
    val inner = layer("ReLU", inside, "steps", "inner")
    val layers = LayerIndex.connected(JavaList.of(steps, inner), "", "a list", 1)
    val tap = new Tap("steps/inner", "steps/inner", inside(number).outputs.get(0), "steps_inner")
    new DistributedSteps(layers, index).of(tap, inner, number).distributed.toString
  }

  private def layer(className: String, calls: Seq[LayerCall], names: String*) =
    new Layer(names.asJava, Layer.NO_INDEX, className, "", calls.asJava, 0)

  test("each call has the rows and steps of the call around it, in whatever order those stand") {
    assert(told(ofX, ofY)(innerOfX, innerOfY)(0) === "x:0")
    assert(told(ofX, ofY)(innerOfX, innerOfY)(1) === "y:0")
    assert(told(ofY, ofX)(innerOfX, innerOfY)(0) === "x:0")
  }

  test("of a call that alone is known, beside calls around that are not") {
    assert(told(ofX, unknown, unknown)(innerOfX)(0) === "x:0")
  }

  test("a layer inside without ops is called as often as the one around it") {
    val idle = call("steps/Reshape_1:0", "steps/Reshape_1:0")()
    assert(told(ofX, ofY)(idle, idle)(1) === "y:0")
  }

  test("refused where the call around it, or what that takes, is not known") {
    val refusal =
      "cannot tap 'steps/inner': the layer is called with the steps of all rows together," +
        " and the file does not say how many each row has; tap the layer steps"
    val idle = call("steps/Reshape:0", "steps/Reshape:0")()
    val untaken = call("", "steps/Reshape_1:0")("steps/Reshape_1", "steps/inner/Relu_1")
    Seq(
      () => told(ofX, unknown)(innerOfX, innerOfY)(1),
      () => told(ofX, untaken)(innerOfX, innerOfY)(1),
      () => told(ofX, ofY)(idle)(0)
    ).foreach { refused =>
      assert(intercept[UserException](refused()).getMessage === refusal)
    }
  }

  /** A layer of an unknown class between the two, which reshapes what it takes. */
  private def insideOf(between: Seq[Long]): Tap = {
    def shaped(name: String, op: String, input: Seq[String], sizes: Long*) =
      node(name, op, input: _*).having("T" -> Float32, "_output_shapes" -> Seq(shape(sizes: _*)))
    val index = new GraphIndex(
      graph(
        node("x", "Placeholder").having("dtype" -> Float32),
        node("shape", "Const").having("dtype" -> Int32),
        shaped("steps/Reshape", "Reshape", Seq("x", "shape"), -1, 2, 4),
        shaped("steps/own/Reshape", "Reshape", Seq("steps/Reshape", "shape"), between: _*),
        shaped("steps/own/inner/Relu", "Relu", Seq("steps/own/Reshape"), between: _*)
      ),
      ops
    )
    def call(input: String, output: String, nodes: String*) =
      this.call(index, input, output)(nodes: _*)
    val relu = "steps/own/inner/Relu"
    val own = Seq("steps/own/Reshape", relu)
    val steps = call("x:0", s"$relu:0", "steps/Reshape" +: own: _*)
    val layers = LayerIndex.connected(
      JavaList.of(
        layer("TimeDistributed", Seq(steps), "steps"),
        layer("", Seq(call("steps/Reshape:0", s"$relu:0", own: _*)), "steps", "own"),
        layer("ReLU", Seq(call("steps/own/Reshape:0", s"$relu:0", relu)), "steps", "own", "inner")
      ),
      "",
      "a list",
      1
    )
    val inner = layers.find("steps/own/inner").get
    val tap = new Tap(inner.path, inner.path, TensorId.parse(s"$relu:0"), "inner")
    new DistributedSteps(layers, index).of(tap, inner, 0)
  }

  test("a layer between the two may reshape each step") {
    assert(insideOf(Seq(-1L, 8L)).distributed.toString === "x:0")
  }

  test("refused where a layer between the two makes more rows, as a TimeDistributed layer does") {
    val message = "cannot tap 'steps/own/inner': the layer is called with the steps of all rows " +
      "together, and the file does not say how many each row has; tap the layer steps"
    for (sizes <- Seq(Seq(-1L, 4L), Seq(-1L, -1L)))
      assert(intercept[UserException](insideOf(sizes)).getMessage === message)
  }
}

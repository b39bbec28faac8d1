package layertap.model.feed

import java.util.{List => JavaList, Map => JavaMap, Set => JavaSet}
import layertap.failure.UserException
import layertap.graph.Graphs._
import layertap.graph.rewrite.Substitution
import layertap.graph.{GraphIndex, OpDefinitions, TensorId}
import layertap.model.layers.{GradientTensors, Layer, LayerCall, LayerIndex, Region}
import layertap.model.select.SelectorParser.{At, parse}
import layertap.model.select.{FeedTarget, Tap}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** {{{
  *   x ─▶ fork/a ─┬─▶ fork/b ─▶ z
  *                └─▶ fork/c ─▶ y     fork/c is an identity
  * }}}
  */
class FedOutputsTest extends AnyFunSuite {
  private val whole = new GraphIndex(
    graph(
      placeholder("x"),
      float("fork/a", "Relu", "x"),
      float("fork/b", "Neg", "fork/a"),
      identity("fork/c", "fork/a").having("T" -> Float32),
      float("y", "Relu", "fork/c"),
      float("z", "Relu", "fork/b")
    ),
    OpDefinitions.registered
  )
  private val a = TensorId.parse("fork/a")
  private val b = TensorId.parse("fork/b")
  private val c = TensorId.parse("fork/c")
  private val target = new FeedTarget.OutputOf(parse("fork:0", At.OUTPUT))

  private def call(nodes: Seq[String], outputs: (Int, TensorId)*): LayerCall = new LayerCall(
    new Region(nodes.map(whole.require(_)).toArray),
    JavaList.of(TensorId.parse("x")),
    true,
    outputs.map { case (position, tensor) => Int.box(position) -> tensor }.toMap.asJava,
    JavaSet.of(),
    JavaList.of(),
    JavaMap.of(),
    JavaList.of(),
    JavaList.of(),
    GradientTensors.NONE
  )

  private def layer(path: String, calls: LayerCall*): Layer =
    new Layer(path.split("/").toSeq.asJava, Layer.NO_INDEX, "", "", calls.asJava, 0)

  private val fork = Seq("fork/a", "fork/b", "fork/c")

  private def index(connected: Boolean, layers: Layer*): LayerIndex =
    if (connected) LayerIndex.connected(layers.asJava, "", "", 0)
    else LayerIndex.unconnected(layers.asJava, "", "", 0, false)

  private def inputsWhenFed(outputs: (Int, TensorId)*): Map[String, String] = {
    val changes = new Substitution
    changes.replace(a, TensorId.parse("fed"))
    val fed = call(fork, outputs: _*)
    new FedOutputs(whole, index(true, layer("fork", fed)), changes).add(target, fed, a)
    val changed = changes.apply(whole.graph)
    Seq("fork/b", "fork/c", "y").map(name => name -> inputs(changed, name).head).toMap
  }

  test("another output is that of the value which the layer computes") {
    assert(
      inputsWhenFed(0 -> a, 1 -> b) === Map(
        "fork/b" -> "fork/a",
        "fork/c" -> "fed",
        "y" -> "fork/c"
      )
    )
  }

  test("another output that is the same value is not fed") {
    assert(inputsWhenFed(0 -> a, 1 -> b, 2 -> c)("fork/c") === "fork/a")
  }

  // whether a topology is known, end of the message
  Seq(true -> "", false -> ", or set model.topology").foreach { case (connected, end) =>
    test(s"a tensor that leaves the layer, and may be no output of it$end") {
      val fed = call(fork, 0 -> a)
      val outputs =
        new FedOutputs(whole, index(connected, layer("fork", fed)), new Substitution)
      assert(
        intercept[UserException](outputs.add(target, fed, a)).getMessage === "cannot feed " +
          "output-of = fork:0: the layer itself goes on from there to fork/b:0, and the graph does " +
          "not show whether that is another of its outputs; feed what takes the output with " +
          s"into$end"
      )
    }
  }

  private def within(path: String, tapped: LayerCall, calls: LayerCall*): Option[TensorId] = {
    val layers = index(true, layer("fork", calls: _*), layer(path, tapped))
    val outputs = new FedOutputs(whole, layers, new Substitution)
    outputs.add(target, calls.head, a)
    val found = outputs.within(new Tap(path, path, a, "column"), tapped)
    Option.when(found.isPresent)(found.get)
  }

  private val fed = call(fork, 0 -> a, 1 -> b)
  private val other = call(Seq("y"), 0 -> TensorId.parse("y"))

  test("a layer inside gives what it computes, one beside what is fed") {
    assert(within("fork/inner", call(Seq("fork/a"), 0 -> a), fed) === Some(a))
    assert(within("fork/keep", call(Seq(), 0 -> a), fed) === Some(a))
    assert(within("keep", call(Seq(), 0 -> a), fed) === None)
    assert(within("fork/inner", call(Seq("y"), 0 -> a), fed, other) === None)
  }

  test("a layer without ops inside a layer that is called twice") {
    val message =
      intercept[UserException](within("fork/keep", call(Seq(), 0 -> a), fed, other)).getMessage
    assert(
      message === "cannot tap 'fork/keep' beside the feed output-of = fork:0: it hands on the tensor " +
        "fork/a:0, and the graph does not show in which call of 'fork'; leave one of them out"
    )
  }

  test("into a layer that hands on what it takes beside what it computes") {
    val x = TensorId.parse("x")
    val into = new FeedTarget.Into(parse("fork", At.OUTPUT))
    assert(
      intercept[UserException](
        EnteredInput.requireOwn(into, call(fork, 0 -> x, 1 -> b), x, whole)
      ).getMessage === "cannot feed into = fork: one of the layer's outputs is the tensor x:0 that " +
        "it takes, and the graph does not show who takes it from the layer; feed the layer that " +
        "gives it with output-of"
    )
    EnteredInput.requireOwn(into, call(Seq("fork/c"), 0 -> a), a, whole)
    EnteredInput.requireOwn(into, call(fork, 0 -> a, 1 -> b), x, whole)
  }
}

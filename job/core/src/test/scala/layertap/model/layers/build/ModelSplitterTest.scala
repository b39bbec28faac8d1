package layertap.model.layers.build

import layertap.graph.Graphs._
import layertap.model.layers.TracedModel
import layertap.model.layers.TracedModel._
import layertap.model.layers.call.ScopeReadings
import layertap.model.layers.keras.Topology.Element
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef
import scala.jdk.CollectionConverters._

/** How many calls of a model stand in one scope of Keras 2, where no function of a layer tells. */
class ModelSplitterTest extends AnyFunSuite {
  private def relu(name: String, from: String): NodeDef = float(name, "Relu", from)

  private def layer(name: String, callCount: Int = 1): Element =
    keras(name, "ReLU")(Seq.fill(callCount)(Seq("x")): _*)

  /** How many calls are told, and whether that is certain. */
  private def split(returned: String, nodes: NodeDef*)(layers: Element*): (Int, Boolean) = {
    val traced = TracedModel.keras2(returned)(placeholder("x") +: nodes: _*)
    val readings = new ScopeReadings(traced.flow, traced.scopes, traced.callTensors)
    val found = new ModelSplitter(traced.scopes, readings, traced.index)
      .split(traced.traced("m"), TracedModel.topology(input("x") +: layers: _*))
    assert(found.calls.asScala.map(_.region.size).distinct.size === 1)
    (found.calls.size, found.areCertain)
  }

  test("ops that repeat themselves may be one call of the only layer or two of the model") {
    val found = split("m/f/b", relu("m/f/a", "x"), relu("m/f/b", "m/f/a"))(layer("f"))
    assert(found === ((1, false)))
  }

  test("two calls if something was traced between") {
    val nodes = Seq(relu("m/f/a", "x"), float("neg", "Neg", "m/f/a"), relu("m/f/b", "neg"))
    assert(split("m/f/b", nodes: _*)(layer("f")) === ((2, true)))
  }

  test("not certain if something was traced between some of them only") {
    val nodes = Seq(
      relu("m/f/a", "x"),
      relu("m/f/b", "m/f/a"),
      float("neg", "Neg", "m/f/b"),
      relu("m/f/c", "neg"),
      relu("m/f/d", "m/f/c")
    )
    assert(split("m/f/d", nodes: _*)(layer("f"))._2 === false)
  }

  test("one call if the topology calls the layer twice") {
    val nodes = Seq(relu("m/f/a", "x"), relu("m/f/b", "m/f/a"))
    assert(split("m/f/b", nodes: _*)(layer("f", 2)) === ((1, true)))
  }

  test("one call if another layer was called once") {
    val nodes =
      Seq(relu("m/f/a", "x"), relu("m/f/b", "m/f/a"), float("m/g/c", "Tanh", "m/f/b"))
    assert(split("m/g/c", nodes: _*)(layer("f"), layer("g")) === ((1, true)))
  }

  test("two calls if each layer has twice the calls of the topology") {
    val nodes = Seq(
      relu("m/f/a", "x"),
      float("m/g/a", "Tanh", "m/f/a"),
      relu("m/f/b", "m/g/a"),
      float("m/g/b", "Tanh", "m/f/b")
    )
    assert(split("m/g/b", nodes: _*)(layer("f"), layer("g")) === ((2, true)))
  }
}

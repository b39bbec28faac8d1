package layertap.model.layers.matching

import layertap.model.layers.keras.Topology
import layertap.model.layers.keras.Topology.Element
import layertap.model.layers.TracedModel._
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class TopologyLevelTest extends AnyFunSuite {
  private def level(topology: Topology, inputs: KerasTensor*): TopologyLevel = {
    val unseen = new TracedLayer(java.util.List.of(), false)
    val traced = topology.layers.asScala.map(_.name -> unseen).toMap
    TopologyLevel.of(
      topology,
      java.util.List.of("around"),
      java.util.List.of(2),
      new TracedLayers.Inside(traced.asJava, java.util.List.of()),
      inputs.asJava
    )
  }

  private def call(level: TopologyLevel, layer: String, number: Int = 0): TopologyCall =
    level.calls.asScala.filter(_.element.name == layer)(number)

  private val layers: Seq[Element] = Seq(
    input("x"),
    keras("f", "ReLU")(Seq("x"), Seq("split:1")),
    own("split")(Seq("f")),
    keras("sum", "Add")(Seq("f@1", "split:0"))
  )

  test("what a layer gives is what the next one takes, by call and output") {
    val found = level(topology(layers: _*), new KerasTensor)
    val Seq(first, second) = Seq(0, 1).map(call(found, "f", _))
    val (split, sum) = (call(found, "split"), call(found, "sum"))
    assert(split.inputs.get(0) eq first.outputs.get(0))
    assert(second.inputs.get(0) eq split.outputs.get(1))
    assert(sum.inputs.asScala === Seq(second.outputs.get(0), split.outputs.get(0)))
    assert(first.outputs.get(0) ne second.outputs.get(0))
  }

  test("the model takes what enters it and gives what its last layer does") {
    val found = level(topology(layers: _*), new KerasTensor)
    assert(found.taken.asScala === Seq(call(found, "f").inputs.get(0)))
    assert(found.returned.asScala === Seq(call(found, "sum").outputs.get(0)))
  }

  test("a Sequential model without an InputLayer hands what enters it to its first layer") {
    val chain = Seq(keras("a", "ReLU")(Seq()), keras("b", "ReLU")(Seq("a")))
    val none = java.util.List.of[Topology.Reference]()
    val returned = java.util.List.of(reference("b"))
    val sequential =
      new Topology("m", true, chain.asJava, none, returned, java.util.List.of())
    val tensor = new KerasTensor
    val found = level(sequential, tensor)
    assert(call(found, "a").inputs.asScala === Seq(tensor))
    assert(call(found, "b").inputs.asScala === Seq(call(found, "a").outputs.get(0)))
  }

  test("names and numbers follow those of the models around") {
    val second = call(level(topology(layers: _*), new KerasTensor), "f", 1)
    assert(second.path === "around/f")
    assert(second.numbers.asScala === Seq(2, 1))
  }
}

package layertap.model.layers.matching

import layertap.model.layers.keras.Topology
import layertap.model.layers.keras.Topology.Element
import layertap.model.layers.TracedModel._
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class TopologyLevelTest extends AnyFunSuite {
  private def level(topology: Topology, inputs: Wire*): TopologyLevel = {
    val unseen = new TopologyCall.Sites(java.util.List.of(), false)
    val sites = topology.layers.asScala.map(_.name -> unseen).toMap
    TopologyLevel.of(
      topology,
      java.util.List.of("around"),
      java.util.List.of(2),
      sites.asJava,
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
    val found = level(topology(layers: _*), new Wire)
    val Seq(first, second) = Seq(0, 1).map(call(found, "f", _))
    val (split, sum) = (call(found, "split"), call(found, "sum"))
    assert(split.inputs.get(0).root eq first.output(0).root)
    assert(second.inputs.get(0).root eq split.output(1).root)
    assert(sum.inputs.asScala.map(_.root) === Seq(second.output(0).root, split.output(0).root))
    assert(first.output(0).root ne second.output(0).root)
  }

  test("the model takes what enters it and gives what its last layer does") {
    val wire = new Wire
    val found = level(topology(layers: _*), wire)
    assert(call(found, "f").inputs.get(0).root eq wire.root)
    assert(found.returned.asScala.map(_.root) === Seq(call(found, "sum").output(0).root))
  }

  test("a Sequential model without an InputLayer hands what enters it to its first layer") {
    val chain = Seq(keras("a", "ReLU")(Seq()), keras("b", "ReLU")(Seq("a")))
    val none = java.util.List.of[Topology.Reference]()
    val returned = java.util.List.of(reference("b"))
    val sequential =
      new Topology("m", true, chain.asJava, none, returned, java.util.List.of())
    val wire = new Wire
    val found = level(sequential, wire)
    assert(call(found, "a").inputs.asScala.map(_.root) === Seq(wire.root))
    assert(call(found, "b").inputs.asScala.map(_.root) === Seq(call(found, "a").output(0).root))
  }

  test("names and numbers follow those of the models around") {
    val second = call(level(topology(layers: _*), new Wire), "f", 1)
    assert(second.path === "around/f")
    assert(second.numbers.asScala === Seq(2, 1))
  }

  test("calls inside a call that the graph does not show keep their numbers") {
    val inner = topology(input("y"), keras("g", "ReLU")(Seq("y"), Seq("g")))
    val model = element("inner", "Functional", isOfKeras = true, Seq(Seq("x")), inner)
    val found = level(topology(input("x"), model), new Wire)
    val unlocated = TopologyLevel.unlocated(call(found, "inner")).asScala
    assert(
      unlocated.map(inside => inside.path -> inside.numbers.asScala.toSeq) === Seq(
        "around/inner/y" -> Seq(2, 0, 0),
        "around/inner/g" -> Seq(2, 0, 0),
        "around/inner/g" -> Seq(2, 0, 1)
      )
    )
  }
}

package layertap.model.layers.matching

import java.util.function.UnaryOperator
import layertap.graph.TensorId
import layertap.model.layers.TracedModel
import layertap.model.layers.TracedModel._
import layertap.graph.Graphs._
import layertap.model.layers.matching.Facts.Teller
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.jdk.OptionConverters._

/** A layer `f` that is called twice, in the scopes `f_1` and `f_2`. */
class FactsTest extends AnyFunSuite {
  private val model = TracedModel.keras3("y")(
    placeholder("x"),
    float("m_1/f_1/Relu", "Relu", "x"),
    float("m_1/f_2/Relu", "Relu", "m_1/f_1/Relu"),
    float("y", "Relu", "m_1/f_2/Relu")
  )
  private val traced = Seq("m_1/f_1", "m_1/f_2").map(model.traced)

  /** Of `copy` the value is `original`. */
  private val source: UnaryOperator[TensorId] = tensor =>
    if (tensor.node == "copy") new TensorId("original", 0) else tensor

  private def id(node: String) = new TensorId(node, 0)

  /** Facts of two calls of the layer, of which nobody needs to look again. */
  private def begin: (Facts, TopologyCall, TopologyCall) = {
    val layer = new TracedLayer(traced.asJava, false)
    val topology = TracedModel.topology(input("x"), keras("f", "ReLU")(Seq("x"), Seq("f")))
    val layers = topology.layers.asScala.map(_.name -> layer).toMap
    val level = TopologyLevel.of(
      topology,
      java.util.List.of(),
      java.util.List.of(),
      new TracedLayers.Inside(layers.asJava, java.util.List.of()),
      java.util.List.of()
    )
    val facts = new Facts(source)
    facts.add(level)
    while (facts.hasChanged) facts.nextChanged
    val Seq(first, second) = level.calls.asScala.filter(_.element.name == "f").toSeq
    (facts, first, second)
  }

  test("a tensor that becomes known is known wherever it is taken or given") {
    val (facts, first, second) = begin
    facts.know(facts.output(first, 0), id("a"), Teller.GIVER)
    assert(facts.value(second.inputs.get(0)).toScala === Some(id("a")))
    assert(facts.hasChanged)
  }

  test("what is known does not change: another value is kept beside it, as a contradiction") {
    val (facts, first, _) = begin
    val tensor = facts.output(first, 0)
    facts.know(tensor, id("a"), Teller.TAKER)
    facts.know(tensor, id("b"), Teller.GIVER)
    assert(facts.value(tensor).toScala === Some(id("a")))
    assert(facts.values(tensor).asScala.toSeq === Seq(id("a"), id("b")))
    assert(facts.knownTensor(tensor).isContradicted)
  }

  test("a tensor that is merely handed on is no other value, and nothing new") {
    val (facts, first, _) = begin
    val tensor = facts.output(first, 0)
    facts.know(tensor, id("original"), Teller.TAKER)
    while (facts.hasChanged) facts.nextChanged
    facts.know(tensor, id("copy"), Teller.GIVER)
    assert(!facts.knownTensor(tensor).isContradicted)
    assert(!facts.hasChanged)
  }

  test("it is called as the signature does, else as it leaves its layer, else as it is taken") {
    val (facts, first, _) = begin
    val tensor = facts.output(first, 0)
    def name = facts.knownTensor(tensor).name(_ => 0).toScala
    facts.know(tensor, id("original"), Teller.TAKER)
    assert(name === Some(id("original")))
    facts.know(tensor, id("copy"), Teller.GIVER)
    assert(name === Some(id("copy")))
    facts.know(tensor, id("original"), Teller.SIGNATURE)
    assert(name === Some(id("original")))
  }

  test("tensors that are found to be the same share what is known of either") {
    val (facts, first, second) = begin
    val (one, other) = (first.inputs.get(0), facts.output(second, 0))
    facts.know(one, id("a"), Teller.SIGNATURE)
    assert(!(facts.representative(one) eq facts.representative(other)) && !facts.isKnown(other))
    facts.same(other, one)
    assert(facts.representative(one) eq facts.representative(other))
    assert(facts.value(other).toScala === Some(id("a")))
    assert(facts.knowsInputs(second) === false)
  }

  test("a traced call is taken at most once") {
    val (facts, first, second) = begin
    facts.take(first, traced.head)
    assert(facts.free(second).asScala === traced.tail)
    val twice = intercept[IllegalStateException](facts.take(second, traced.head))
    assert(twice.getMessage === "the call of 'f' cannot take what another has taken")
    val another = intercept[IllegalStateException](facts.take(first, traced(1)))
    assert(another.getMessage === "the call of 'f' has taken a traced call")
  }
}

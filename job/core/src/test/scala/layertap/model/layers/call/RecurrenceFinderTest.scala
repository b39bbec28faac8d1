package layertap.model.layers.call

import layertap.model.layers.scope.Scope
import layertap.graph.Graphs._
import layertap.graph.GraphIndex
import layertap.graph.RecurrentLoop
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{FunctionDef, GraphDef}
import scala.jdk.CollectionConverters._

class RecurrenceFinderTest extends AnyFunSuite {
  private def find(
      source: GraphDef,
      scope: String,
      calls: Map[String, String] = Map()
  ): Option[Recurrence] = {
    val index = new GraphIndex(source, ops)
    val found = Scope.tree(index).descendant(scope).get
    val traced = new TracedCall(found, found.region)
    val recurrence = new RecurrenceFinder(index, calls.asJava).find(traced)
    if (recurrence.isPresent) Some(recurrence.get) else None
  }

  private def named(recurrence: Recurrence): Map[String, String] =
    recurrence.named.asScala.map { case (name, tensor) => name -> tensor.toString }.toMap

  test("a loop that keeps what every step gives") {
    val found = find(new RecurrentLoop("rnn", keepsAll = true).graph, "rnn").get
    assert(
      named(found) === Map(
        "sequence" -> "rnn/stack:0",
        "last" -> "rnn/last:0",
        "hidden" -> "rnn/while:2"
      )
    )
    assert(found.recordings.asScala === Seq())
  }

  test("a loop that keeps the last alone gives the sequence after a change of the graph") {
    val found = find(new RecurrentLoop("rnn", keepsAll = false).graph, "rnn").get
    val Seq(recording) = found.recordings.asScala.toSeq
    assert(found.sequence === recording.sequence)
    assert((recording.loop, recording.accumulator, recording.steps) === (("rnn/while", 1, 3)))
    assert(named(found)("last") === "rnn/last:0")
  }

  test("a loop inside is that of a layer inside") {
    val source = new RecurrentLoop("both/rnn", keepsAll = true).graph
    assert(find(source, "both").isEmpty)
    assert(find(source, "both/rnn").nonEmpty)
  }

  test("a loop in a function that the layer calls is the layer's") {
    val source = new RecurrentLoop("rnn/call", keepsAll = true).graph
    assert(find(source, "rnn").isEmpty)
    assert(find(source, "rnn", Map("rnn/call" -> "f")).nonEmpty)
  }

  test("of two loops nobody can tell which is the layer's") {
    val (one, other) =
      (new RecurrentLoop("rnn", true), new RecurrentLoop("rnn/call", true, "other"))
    val source = graph((placeholder("x") +: one.nodes) ++ other.nodes: _*)
      .withFunctions(one.functions ++ other.functions: _*)
    assert(find(source, "rnn", Map("rnn/call" -> "f")).isEmpty)
  }

  test("a loop that writes to no list is no recurrent layer's") {
    val loop = new RecurrentLoop("rnn", keepsAll = true)
    val source = loop.graph.toBuilder
    source.getLibraryBuilder.setFunction(1, loop.body(writes = false))
    assert(find(source.build, "rnn").isEmpty)
  }

  test("a loop whose body is missing or has other variables is no recurrent layer's") {
    val loop = new RecurrentLoop("rnn", keepsAll = true)
    val other = loop.body().toBuilder
    other.getSignatureBuilder.removeOutputArg(3)
    assert(find(loop.graph.withFunctions(other.build), "rnn").isEmpty)
    assert(find(loop.graph.withFunctions(Seq[FunctionDef](): _*), "rnn").isEmpty)
  }
}

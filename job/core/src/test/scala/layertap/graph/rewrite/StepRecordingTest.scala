package layertap.graph.rewrite

import layertap.failure.GraphException
import layertap.graph.RecurrentLoop
import layertap.graph.Graphs._
import layertap.testing.NativeRun
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.GraphDef

class StepRecordingTest extends AnyFunSuite {
  private val loop = new RecurrentLoop("rnn", keepsAll = false)
  private val recording = new StepRecording("rnn/while", 1, 3, "rnn/stack", "rnn/stack")

  private def run(graph: GraphDef, tensor: String): Seq[Double] =
    NativeRun(graph, tensor, "x" -> Seq(1f, 20f, 300f))

  test("the copy of the loop keeps what every step gives") {
    assert(run(recording.apply(loop.graph), recording.sequence.toString) === Seq(1, 21, 321))
  }

  test("the layer's own loop stays as it is") {
    val recorded = recording.apply(loop.graph)
    loop.nodes.foreach(node => assert(find(recorded, node.getName) === node))
    Seq("rnn/stack:0", "rnn/last:0", "rnn/while:2").foreach { tensor =>
      assert(run(recorded, tensor) === Seq(321))
    }
  }

  test("the graph that it is made of stays as it is") {
    val graph = loop.graph
    recording.apply(graph)
    assert(graph === loop.graph)
  }

  test("a loop without steps' outputs, or without a body, is refused") {
    val without = loop.graph.toBuilder
    without.getLibraryBuilder.setFunction(1, loop.body(writes = false))
    assert(
      intercept[GraphException](recording.apply(without.build)).getMessage ===
        "'rnn/while' writes no outputs"
    )
    without.getLibraryBuilder.removeFunction(1)
    assert(
      intercept[GraphException](recording.apply(without.build)).getMessage ===
        "the graph has no function 'step_body'"
    )
  }
}

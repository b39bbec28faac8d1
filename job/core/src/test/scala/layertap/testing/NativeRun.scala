package layertap.testing

import layertap.graph.TensorId
import layertap.model.cut.RunnableGraph
import layertap.tensor.HostTensor
import layertap.tensorflow.TensorFlowRuntime
import layertap.tensorflow.GraphSession
import org.tensorflow.proto.GraphDef
import scala.jdk.CollectionConverters._

/** Runs graphs that need no variables in TensorFlow. */
object NativeRun {
  private def none[A]: java.util.List[A] = java.util.List.of()

  /** A graph without variables, feeds and taps. */
  def model(graph: GraphDef): RunnableGraph =
    new RunnableGraph(graph, none, none, none, none, none)

  /** The values of a tensor for placeholders of vectors of float32. */
  def apply(graph: GraphDef, fetch: String, feeds: (String, Seq[Float])*): Seq[Double] = {
    TensorFlowRuntime.start(1)
    val session = GraphSession.open(model(graph), MemoryFiles.of())
    try {
      val fed = feeds.map { case (name, values) =>
        new TensorId(name, 0) -> HostTensor.of(Array(values.length.toLong), values.toArray)
      }
      val fetches = java.util.List.of(TensorId.parse(fetch))
      Extraction.doubles(session.run(fed.toMap.asJava, fetches).get(0)).toSeq
    } finally session.close()
  }
}

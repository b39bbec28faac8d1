package layertap.graph.freeze

import layertap.graph.Graphs.{attribute, names}
import layertap.testing.NativeRun
import org.tensorflow.proto.{GraphDef, TensorProto}
import scala.jdk.CollectionConverters._

/** Freezes a graph whose one variable is called `v`, gives that a value, and runs it for an `x`. */
object FrozenRun {
  def apply(source: GraphDef, fetch: String, v: TensorProto): Seq[Double] = {
    val frozen = Freezer.freeze(source)
    require(frozen.variables.asScala.map(_.node) == Seq("v"))
    val graph = frozen.graph.toBuilder
    graph.getNodeBuilderList.asScala
      .filter(_.getName == "v")
      .foreach(_.putAttr("value", attribute(v)))
    val feeds = Seq("x" -> Seq(1f, 2f)).filter { case (name, _) => names(source).contains(name) }
    NativeRun(graph.build, fetch, feeds: _*)
  }
}

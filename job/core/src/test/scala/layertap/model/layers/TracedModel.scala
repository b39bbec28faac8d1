package layertap.model.layers

import layertap.model.layers.call.TracedCall
import layertap.model.layers.flow.DataFlow
import layertap.model.layers.call.LayerFunctions
import layertap.model.layers.scope.NamingRule
import layertap.model.layers.keras.ObjectGraph
import layertap.model.layers.call.RecurrenceFinder
import layertap.model.layers.scope.Scope
import layertap.model.layers.call.ScopedLayers
import layertap.model.layers.call.CallTensors
import layertap.model.layers.keras.Topology
import layertap.model.layers.matching.Rule
import layertap.model.layers.matching.SolvedCall
import layertap.model.layers.matching.SolvedTopology
import layertap.model.layers.matching.TopologySolver
import layertap.model.layers.matching.TracedLayers
import layertap.model.layers.matching.rule.Rules
import layertap.model.layers.scope.Variables
import layertap.graph.Graphs._
import layertap.graph.GraphIndex
import layertap.graph.TensorId
import layertap.model.saved.SavedModelReader
import layertap.model.layers.keras.Topology.{Element, Reference}
import layertap.testing.SavedModels._
import org.tensorflow.proto.NodeDef
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph
import scala.jdk.CollectionConverters._

/** A graph in which a model is traced in the scope `m_1`, as Keras 3 does, or `m`; its inputs are
  * placeholders.
  */
final class TracedModel(rule: NamingRule, scope: String)(returned: String, nodes: NodeDef*) {
  private val source = graph(nodes: _*)
  val index = new GraphIndex(source, ops)
  private val meta = metaGraph("serve")(source, "s" -> signature()(port("y", returned)))
  val flow = new DataFlow(index, SavedModelReader.signature(meta, "s", "memory"))
  val scopes = new ScopedLayers(rule, flow)
  val callTensors = new CallTensors(
    flow,
    scopes,
    new RecurrenceFinder(index, java.util.Map.of()),
    new LayerFunctions(source, ops, java.util.List.of())
  )

  def traced(path: String): TracedCall = {
    val found = Scope.tree(index).descendant(path).get
    new TracedCall(found, found.region)
  }

  private val tracedLayers = new TracedLayers(
    scopes,
    index,
    new Variables(index, new ObjectGraph(SavedObjectGraph.getDefaultInstance))
  )

  /** All rules for the model. */
  val rules: Seq[Rule] = Rules.all(callTensors, tracedLayers).asScala.toSeq

  /** The topology of these layers, solved by some rules; what InputLayers give is known. */
  def solveBy(rules: Rule*)(layers: Element*): SolvedTopology = {
    val inputs = layers.filter(_.isInput).map(_.name)
    new TopologySolver(callTensors, tracedLayers, rules.asJava).solve(
      TracedModel.topology(layers: _*),
      traced(scope),
      inputs.map(name => name -> new TensorId(name, 0)).toMap.asJava,
      java.util.Map.of()
    )
  }

  /** The calls of each layer, after the topology of these layers is solved. */
  def solve(layers: Element*): Map[String, Seq[SolvedCall]] = {
    val solved = solveBy(rules: _*)(layers: _*)
    assert(solved.contradictions.isEmpty, solved.contradictions)
    TracedModel.calls(solved)
  }
}

object TracedModel {
  def keras3(returned: String)(nodes: NodeDef*): TracedModel =
    new TracedModel(new NamingRule.Keras3, "m_1")(returned, nodes: _*)

  /** Of which nothing tells the names of its layers. */
  def keras2(returned: String)(nodes: NodeDef*): TracedModel =
    new TracedModel(new NamingRule.Keras2(java.util.Set.of()), "m")(returned, nodes: _*)

  /** The model returns what its last layer gives first. */
  def topology(layers: Element*): Topology = new Topology(
    "m",
    false,
    layers.asJava,
    layers.filter(_.isInput).map(layer => reference(layer.name)).asJava,
    java.util.List.of(reference(layers.last.name)),
    java.util.List.of()
  )

  def input(name: String): Element = element(name, "InputLayer", isOfKeras = true, Seq(Seq()))

  def keras(name: String, className: String)(calls: Seq[String]*): Element =
    element(name, className, isOfKeras = true, calls)

  /** A layer of the user's own. */
  def own(name: String)(calls: Seq[String]*): Element =
    element(name, "Subtract", isOfKeras = false, calls)

  /** An operator on tensors, as `x + 3`: no layer. */
  def operation(name: String, className: String)(calls: Seq[String]*): Element =
    element(name, className, isOfKeras = true, calls, isLayer = false)

  def element(
      name: String,
      className: String,
      isOfKeras: Boolean,
      calls: Seq[Seq[String]],
      nested: Topology = null,
      isIdentity: Boolean = false,
      isLayer: Boolean = true
  ): Element = new Element(
    name,
    className,
    isOfKeras,
    isLayer,
    isIdentity,
    null,
    calls.map(_.map(reference).asJava).asJava,
    nested
  )

  /** `layer`, `layer@1` for its second call, `layer:1` for its second output. */
  def reference(text: String): Reference = {
    val Array(name, output) = (text + ":0").split(":").take(2)
    val Array(layer, call) = (name + "@0").split("@").take(2)
    new Reference(layer, call.toInt, output.toInt)
  }

  /** The calls of each layer. */
  def calls(solved: SolvedTopology): Map[String, Seq[SolvedCall]] =
    solved.calls.asScala.map { case (names, calls) =>
      names.asScala.mkString("/") -> calls.asScala.toSeq
    }.toMap

  /** What the call gives at a position. */
  def output(call: SolvedCall, position: Int): Option[String] =
    Option(call.outputs.get(position)).map(_.toString)

  /** What the call gives first. */
  def output(call: SolvedCall): Option[String] = output(call, 0)

  /** The scope of the traced call that the call takes. */
  def scope(call: SolvedCall): Option[String] = Option(call.tracedCall).map(_.scope.name)
}

package layertap.model.layers.scope

import layertap.model.layers.keras.ObjectGraph
import layertap.graph.GraphIndex
import layertap.graph.Graphs
import layertap.graph.Graphs.{float, ops, placeholder}
import layertap.model.layers.SavedObjects._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph

/** Models without variables, of which only the object graph tells who named their scopes. */
class NamingRulesTest extends AnyFunSuite {
  private val index =
    new GraphIndex(Graphs.graph(placeholder("x"), float("m_1/re_lu_1_1/Relu", "Relu", "x")), ops)

  private def detect(objects: SavedObjectGraph): NamingRule =
    NamingRules.detect(
      index,
      new Variables(index, new ObjectGraph(objects)),
      objects,
      java.util.Set.of()
    )

  private def root(children: String*): SavedObjectGraph =
    graph(node(children.map(_ -> 0): _*))

  test("a Sequential model of Keras 3 as tf.saved_model.save writes it") {
    assert(detect(root("_functional", "_layers", "signatures")) === new NamingRule.Keras3)
  }

  test("a functional model of Keras 3") {
    assert(detect(root("_tracked", "_operations", "signatures")) === new NamingRule.Keras3)
  }

  test("an export of Keras 3") {
    assert(detect(root("_misc_assets", "variables")) === new NamingRule.Keras3)
  }

  test("an export of Keras 2, whose scopes are the names of layers") {
    val exported = root("_endpoint_names", "_endpoint_signatures", "variables", "_misc_assets")
    assert(detect(exported) === new NamingRule.Keras2(java.util.Set.of()))
  }

  test("what nobody of Keras saved") {
    assert(detect(root("signatures")) === new NamingRule.Plain)
  }
}

package layertap.model.layers.build

import layertap.graph.Graphs._
import layertap.model.layers.TracedModel
import layertap.model.layers.keras.ObjectGraph
import layertap.model.layers.scope.{LayerNames, NamingRule, Variables}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.SavedObjectGraphOuterClass.SavedObjectGraph

class ModelCallFinderTest extends AnyFunSuite {

  /** The name of the model that holds `encoder_1/dense_1`, which reads a variable of that name. */
  private def model(variable: String): String = {
    val rule = new NamingRule.Keras3
    val traced = new TracedModel(rule, "encoder_1")(
      "encoder_1/dense_1/b:0",
      placeholder("x"),
      handle(variable, 3),
      float("encoder_1/dense_1/a", "Relu", "x"),
      read("encoder_1/dense_1/w", variable),
      float("encoder_1/dense_1/b", "Mul", "encoder_1/dense_1/a", "encoder_1/dense_1/w")
    )
    val objects = new ObjectGraph(SavedObjectGraph.getDefaultInstance)
    val variables = new Variables(traced.index, objects)
    new ModelCallFinder(rule, traced.flow, traced.scopes, variables, java.util.Set.of(), true)
      .find(LayerNames.UNKNOWN, "")
      .name
  }

  test("the only scope is the model's if nothing tells that it stands inside another") {
    assert(model("dense/kernel") === "encoder")
    assert(model("encoder/dense/kernel") === "encoder")
  }

  test("the only scope is a layer's if its variables stand inside a model") {
    assert(model("translator/encoder/dense/kernel") === "")
  }
}

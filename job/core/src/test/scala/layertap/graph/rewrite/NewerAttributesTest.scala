package layertap.graph.rewrite

import layertap.failure.GraphException
import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{GraphDef, NodeDef, OpDef, OpList}

class NewerAttributesTest extends AnyFunSuite {
  // Relu of a TensorFlow to come: with an attribute `leak`, 0 by default
  private val newer = ops.withForeign(
    OpList.newBuilder
      .addOp(
        OpDef.newBuilder
          .setName("Relu")
          .addAttr(OpDef.AttrDef.newBuilder.setName("T").setType("type"))
          .addAttr(
            OpDef.AttrDef.newBuilder.setName("leak").setType("int").setDefaultValue(attribute(0))
          )
      )
      .build
  )

  private def relu(attributes: (String, Any)*): NodeDef =
    float("relu", "Relu", "x").having(attributes: _*)

  private def atTop(node: NodeDef): GraphDef = graph(placeholder("x"), node)

  private def inFunction(node: NodeDef): GraphDef =
    graph(placeholder("x")).withFunctions(unary("f")(node)("relu:activations:0"))

  Seq[(String, NodeDef => GraphDef)]("the graph" -> atTop, "a function" -> inFunction).foreach {
    case (place, build) =>
      test(s"an attribute that is not known here goes from $place where it has its default") {
        val result = NewerAttributes.remove(build(relu("leak" -> 0)), newer)
        assert(result.getNodeList === build(relu()).getNodeList)
        assert(result.getLibrary === build(relu()).getLibrary)
      }

      test(s"an attribute that is not known here and is set in $place cannot be dropped") {
        assert(
          intercept[GraphException](
            NewerAttributes.remove(build(relu("leak" -> 1)), newer)
          ).getMessage ===
            "cannot run 'relu': its op Relu sets 'leak', which layertap's " +
            "TensorFlow does not know; export the model with an older TensorFlow, " +
            "or tap a layer that does not need it"
        )
      }
  }

  test("an attribute that neither this TensorFlow nor the file defines") {
    val e = intercept[GraphException](NewerAttributes.remove(atTop(relu("leak" -> 0)), ops))
    assert(e.getMessage.contains("its op Relu sets 'leak'"))
  }

  Seq(relu("_note" -> 1), node("relu", "SomebodysOp", "x").having("leak" -> 1)).foreach { kept =>
    test(s"attributes of ${kept.getOp} that are ${kept.getAttrMap.keySet} stay") {
      assert(NewerAttributes.remove(atTop(kept), newer).getNode(1) === kept)
    }
  }
}

package layertap.model.layers.keras

import layertap.model.layers.SavedObjects._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.TensorShapeProto

class ObjectGraphTest extends AnyFunSuite {
  test("a variable holds the product of its sizes, and nothing that is known where one is open") {
    val objects =
      new ObjectGraph(
        graph(node(), variable("kernel", 3, 4), variable("scale"), variable("bins", 2, -1))
      )
    assert((1 to 3).map(objects.variableSize) === Seq(12, 1, 0))
    assert(ObjectGraph.elementCount(TensorShapeProto.newBuilder.setUnknownRank(true).build) === 0)
  }
}

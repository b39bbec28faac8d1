package layertap.model.layers.scope

import layertap.graph.GraphIndex
import layertap.graph.Graphs
import layertap.graph.Graphs.{float, handle, ops, placeholder, read}
import layertap.model.layers.Region
import layertap.model.layers.SavedObjects
import layertap.model.layers.keras.ObjectGraph
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class VariablesTest extends AnyFunSuite {

  /** As in KerasHub's XLNet: a block hands a bias of its own to the attention inside it. */
  private val index = new GraphIndex(
    Graphs.graph(
      placeholder("x"),
      handle("block/bias", 2, 4),
      handle("block/attention/scale", 3),
      read("net_1/block_1/attention_1/add/ReadVariableOp", "block/bias"),
      float(
        "net_1/block_1/attention_1/add",
        "AddV2",
        "x",
        "net_1/block_1/attention_1/add/ReadVariableOp"
      ),
      read("net_1/block_1/attention_1/mul/ReadVariableOp", "block/attention/scale"),
      float(
        "net_1/block_1/attention_1/mul",
        "Mul",
        "net_1/block_1/attention_1/add",
        "net_1/block_1/attention_1/mul/ReadVariableOp"
      )
    ),
    ops
  )

  private val variables = new Variables(index, new ObjectGraph(SavedObjects.graph()))

  private val regions =
    Seq(new Region((0 until index.size).filter(index.node(_).getName.startsWith("net_1/")).toArray))

  private def countOf(path: String*): Long =
    variables.parameterCountOf(path.asJava, regions.asJava)

  test("a layer does not own what the layer around it hands to it") {
    assert(countOf("block", "attention") === 3)
  }

  test("a layer owns its own variables and those of layers inside it") {
    assert(countOf("block") === 11)
  }

  test("without names of layers all count that are read") {
    assert(variables.parameterCount(regions.asJava) === 11)
  }
}

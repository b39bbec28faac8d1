package layertap.model.layers.call

import layertap.graph.Graphs._
import layertap.model.layers.TracedModel
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef
import scala.jdk.CollectionConverters._

class CallTensorsTest extends AnyFunSuite {

  /** What nobody takes of the layer `d`, whose `Relu` the model returns. */
  private def untaken(nodes: NodeDef*): Seq[String] = {
    val all = Seq(placeholder("x"), relu("m_1/d_1", "x"), float("y", "Relu", "m_1/d_1/Relu"))
    val model = TracedModel.keras3("y")(all ++ nodes: _*)
    model.callTensors.untaken(model.traced("m_1/d_1")).asScala.map(_.toString).toSeq
  }

  private def relu(scope: String, input: String): NodeDef = float(s"$scope/Relu", "Relu", input)

  /** Zeros of the size of a tensor. */
  private def zeros(of: String): Seq[NodeDef] = Seq(
    node("m_1/d_1/shape", "Shape", of).having("T" -> Float32, "out_type" -> Int32),
    const("m_1/d_1/zero", 0),
    node("m_1/d_1/zeros", "Fill", "m_1/d_1/shape", "m_1/d_1/zero")
      .having("T" -> Float32, "index_type" -> Int32)
  )

  test("a layer may return what it computes and nobody takes") {
    assert(untaken(float("m_1/d_1/Tanh", "Tanh", "x")) === Seq("m_1/d_1/Tanh:0"))
  }

  test("not what depends on sizes alone, where it gives something of values") {
    assert(untaken(zeros("x"): _*) === Seq())
  }

  test("what depends on sizes and values counts") {
    val sum = float("m_1/d_1/Sum", "AddV2", "m_1/d_1/zeros", "x")
    assert(untaken(zeros("x") :+ sum: _*) === Seq("m_1/d_1/Sum:0"))
  }

  test("what depends on sizes alone counts where the layer gives nothing of values") {
    val size = zeros("x") ++ Seq(
      node("m_1/d_1/ones", "Fill", "m_1/d_1/shape", "m_1/d_1/zero")
        .having("T" -> Float32, "index_type" -> Int32),
      float("y", "Relu", "m_1/d_1/zeros")
    )
    val model = TracedModel.keras3("y")(placeholder("x") +: size: _*)
    val found = model.callTensors.untaken(model.traced("m_1/d_1"))
    assert(found.asScala.map(_.toString) === Seq("m_1/d_1/ones:0"))
  }
}

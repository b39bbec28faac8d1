package layertap.tensorflow

import layertap.failure.RefusedValuesException
import layertap.graph.NodeDefs
import layertap.graph.TensorId
import layertap.testing.Plans
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType
import scala.util.Using

class NativeKernelSessionTest extends AnyFunSuite {

  /** {{{text ─▶ StringToNumber ─▶ number ─▶ RealDiv by 3 ─▶ third}}} */
  private def open(): (NativeKernelSession, TensorId) = {
    TensorFlowRuntime.start(1)
    val nodes = new NodeDefs("")
    val text = nodes
      .node("Placeholder", "text")
      .attribute("dtype", DataType.DT_STRING)
      .attribute("shape", Plans.shape())
      .add()
    val number = nodes
      .node("StringToNumber", "number", text)
      .attribute("out_type", DataType.DT_FLOAT)
      .add()
    val third = nodes
      .node("RealDiv", "third", number, nodes.scalar("three", 3f))
      .attribute("T", DataType.DT_FLOAT)
      .add()
    (NativeKernelSession.open(nodes.toGraph, text), third)
  }

  test("ops run as written: a division is no product with a rounded inverse") {
    val (session, third) = open()
    Using.resource(session) { kernels =>
      (1 to 200).foreach { number =>
        val value = kernels.run(number.toString.getBytes, third).values
        assert(value === Array(number / 3f), s"$number / 3")
      }
    }
  }

  test("bytes that a kernel cannot read are refused, and the session goes on") {
    val (session, third) = open()
    Using.resource(session) { kernels =>
      val refused = intercept[RefusedValuesException](kernels.run("x".getBytes, third))
      assert(refused.getMessage.contains("StringToNumberOp could not correctly convert string: x"))
      assert(kernels.run("6".getBytes, third).values === Array(2f))
    }
  }

  test("a session that is closed, once or twice, runs nothing") {
    val (session, third) = open()
    session.close()
    session.close()
    val refused = intercept[IllegalStateException](session.run("6".getBytes, third))
    assert(refused.getMessage === "close() has been called on the Graph")
  }
}

package layertap.graph

import layertap.failure.GraphException
import org.scalatest.funsuite.AnyFunSuite

class TensorIdTest extends AnyFunSuite {
  Seq(
    "conv1/Relu" -> new TensorId("conv1/Relu", 0),
    "conv1/Relu:0" -> new TensorId("conv1/Relu", 0),
    "split:12" -> new TensorId("split", 12),
    "a:b:3" -> new TensorId("a:b", 3)
  ).foreach { case (text, tensor) =>
    test(s"$text is ${tensor.node} at ${tensor.index}") {
      assert(TensorId.parse(text) === tensor)
    }
  }

  Seq("x:", "x:y", "x:-1", "x:1234567890", "split:output:x").foreach { text =>
    test(s"$text is no tensor") {
      assert(
        intercept[GraphException](TensorId.parse(text)).getMessage ===
          s"cannot read the tensor name '$text': no index after ':'"
      )
    }
  }

  test("there is no output before the first") {
    assert(
      intercept[GraphException](new TensorId("x", -1)).getMessage ===
        "cannot name an output of 'x': index -1"
    )
  }

  test("an input of a node leaves out the first output's index, a name never does") {
    assert(new TensorId("x", 0).asInput === "x")
    assert(new TensorId("x", 2).asInput === "x:2")
    assert(new TensorId("x", 0).toString === "x:0")
  }

  test("the node at the other end of an input") {
    assert(Seq("^x", "x", "x:3").map(TensorId.nodeOf) === Seq("x", "x", "x"))
    assert(Seq("^x", "x", "x:3").map(TensorId.isControl(_)) === Seq(true, false, false))
  }
}

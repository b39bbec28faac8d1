package layertap.model.select

import layertap.graph.Graphs._
import layertap.graph.GraphIndex
import layertap.failure.UserException
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef

class TensorFinderTest extends AnyFunSuite {
  private def finder(nodes: NodeDef*) = new TensorFinder(new GraphIndex(graph(nodes: _*), ops))

  private def relus(names: String*) =
    finder(placeholder("x") +: names.map(name => float(name, "Relu", "x")): _*)

  private def refused(body: => Any): String = intercept[UserException](body).getMessage

  test("a full name, the end of one, and output 0 by default") {
    val sine =
      finder(placeholder("x"), float("net/sin/y", "Sin", "x"), float("net/top", "Sin", "x"))
    Seq("net/sin/y", "net/sin/y:0", "sin/y", "y", "y:0").foreach { name =>
      assert(sine.find(name).toString === "net/sin/y:0", name)
    }
  }

  test("parts are compared whole") {
    val message = refused(relus("net/sin").find("in"))
    assert(message.startsWith("cannot find the tensor 'in': the graph has no such name;"))
  }

  test("a full name is that of one tensor though others end so") {
    assert(relus("y", "net/y").find("y").toString === "y:0")
  }

  test("an end that several names have") {
    val names = (1 to 6).map(i => s"net$i/y")
    assert(
      refused(
        relus(names: _*).find("y")
      ) === "cannot find the tensor 'y': 6 tensors end so; write " +
        "more of the name, as in net1/y, net2/y, net3/y, net4/y, net5/y"
    )
  }

  test("scopes with and without the suffixes of Keras 3") {
    val keras3 = relus("cnn_1/conv1_1/Relu")
    Seq("conv1/Relu", "cnn/conv1/Relu", "conv1_1/Relu", "cnn/conv1_1/Relu", "Relu").foreach {
      name =>
        assert(keras3.find(name).toString === "cnn_1/conv1_1/Relu:0", name)
    }
  }

  test("the op's own name keeps its suffix") {
    assert(relus("cnn_1/act_1/Relu", "cnn_1/act_1/Relu_1").find("act/Relu_1").index === 0)
    assert(refused(relus("cnn_1/act_1/Relu_1").find("act/Relu")).contains("no such name"))
  }

  test("a scope that is called so goes before one that is called so without its suffix") {
    assert(relus("conv/Relu", "conv_1/Relu").find("conv/Relu").toString === "conv/Relu:0")
  }

  // layers re_lu and re_lu_1
  test("a name that is one layer's in the graph and another's in Keras 3") {
    val colliding = relus("cnn_1/re_lu_1/Relu", "cnn_1/re_lu_1_2/Relu")
    assert(
      refused(colliding.find("re_lu_1/Relu")) === "cannot find the tensor 're_lu_1/Relu': 2 " +
        "tensors end so; write more of the name, as in cnn_1/re_lu_1/Relu, cnn_1/re_lu_1_2/Relu"
    )
    assert(colliding.find("cnn_1/re_lu_1/Relu").toString === "cnn_1/re_lu_1/Relu:0")
    assert(colliding.find("re_lu/Relu").toString === "cnn_1/re_lu_1/Relu:0")
    assert(colliding.find("re_lu_1_2/Relu").toString === "cnn_1/re_lu_1_2/Relu:0")
  }

  test("ops without tensors are not found") {
    assert(refused(finder(handle("v"), node("net/v", "NoOp")).find("v:1")).contains("no output 1"))
    assert(
      refused(finder(node("net/v", "NoOp"), placeholder("x")).find("v")).contains("nearest: x")
    )
  }

  test("an output that the op has not") {
    assert(
      refused(relus("net/y").find("y:1")) === "cannot find the tensor 'y:1': the op 'net/y' " +
        "(Relu) has no output 1; leave the number out for output 0"
    )
  }

  test("a second output") {
    val split = finder(
      intConst("axis", 0),
      placeholder("x"),
      float("net/parts", "Split", "axis", "x").having("num_split" -> 2)
    )
    assert(split.find("parts:1").toString === "net/parts:1")
    assert(refused(split.find("parts:2")).contains("has no output 2"))
  }

  Seq("y:", "y:x", "y:-1", "y:99999999999").foreach { name =>
    test(s"'$name' is no tensor's name") {
      assert(
        refused(relus("y").find(name)) === s"cannot read the tensor name '$name': it is not of " +
          "the form name or name:<number>"
      )
    }
  }

  test("an unknown name: the nearest ends, with the scopes before them") {
    assert(
      refused(relus("net/conv1/Relu", "net/dense/Tanh").find("conv2/Relu")) === "cannot find the " +
        "tensor 'conv2/Relu': the graph has no such name; nearest: net/conv1/Relu, " +
        "net/dense/Tanh, x (inspect --tensors lists all)"
    )
  }

  test("an unknown name of a stored model") {
    val stored = new TensorFinder(TestData.load("branches_keras3").graph)
    assert(refused(stored.find("head/Softmx")).contains("nearest: branches_1/head_1/Softmax,"))
  }
}

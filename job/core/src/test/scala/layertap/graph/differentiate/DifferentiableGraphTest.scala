package layertap.graph.differentiate

import layertap.failure.UserException
import layertap.graph.Graphs._
import layertap.graph.{RecurrentLoop, TensorId, TensorShape}
import layertap.graph.differentiate.value.ShapeInference
import layertap.testing.NativeRun
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

class DifferentiableGraphTest extends AnyFunSuite {
  private def shapes(known: (String, TensorShape)*): ShapeInference = _ =>
    tensor => known.toMap.getOrElse(tensor.node, TensorShape.unknown)

  private def of(graph: GraphDef, y: String, x: String, known: ShapeInference = shapes()) =
    DifferentiableGraph.of(
      graph,
      java.util.List.of(TensorId.parse(y)),
      java.util.List.of(TensorId.parse(x)),
      known
    )

  private def refused(graph: GraphDef, y: String, x: String): String =
    intercept[UserException](of(graph, y, x)).getMessage

  private def opsBetween(result: DifferentiableGraph, y: String): Set[String] = {
    val nodes = result.graph.getNodeList.asScala.map(node => node.getName -> node).toMap
    def above(name: String): Set[String] = {
      val node = nodes(name)
      node.getInputList.asScala.map(in => TensorId.nodeOf(in)).flatMap(above).toSet + node.getOp
    }
    above(result.tensor(TensorId.parse(y)).node)
  }

  private val relu = graph(placeholder("x"), float("a", "Relu", "x"), float("y", "Tanh", "a"))

  test("a graph of ops with gradients stays as it is") {
    val result = of(relu, "y", "a")
    assert(result.graph === relu)
    assert(result.tensor(new TensorId("y", 0)) === new TensorId("y", 0))
  }

  // x ─▶ Erfc ─▶ y
  test("erfc is one less erf, beside the graph's own") {
    val graph1 = graph(placeholder("x"), float("e", "Erfc", "x"), float("y", "Neg", "e"))
    val result = of(graph1, "y", "x")
    assert(result.graph.getNodeList.asScala.take(3) === graph1.getNodeList.asScala)
    assert(opsBetween(result, "y") === Set("Placeholder", "Erf", "Const", "Sub", "Neg"))
    val moved = result.tensor(new TensorId("y", 0)).toString
    val own = NativeRun(graph1, "y", "x" -> Seq(-1f, 0.5f))
    NativeRun(result.graph, moved, "x" -> Seq(-1f, 0.5f)).zip(own).foreach { case (a, b) =>
      assert(math.abs(a - b) < 1e-6)
    }
  }

  // x ─▶ LogSoftmax ─▶ y
  test("of log softmax, whose gradient is wrong beyond matrices, its parts are differentiated") {
    val whole = graph(placeholder("x"), float("l", "LogSoftmax", "x"), float("y", "Neg", "l"))
    val result = of(whole, "y", "x")
    val ops = Set("Placeholder", "Const", "Max", "StopGradient", "Sub", "Exp", "Sum", "Log", "Neg")
    assert(opsBetween(result, "y") === ops)
    val moved = result.tensor(new TensorId("y", 0)).toString
    val own = NativeRun(whole, "y", "x" -> Seq(-1f, 100f))
    NativeRun(result.graph, moved, "x" -> Seq(-1f, 100f)).zip(own).foreach { case (a, b) =>
      assert(math.abs(a - b) < 1e-4)
    }
  }

  private def identityN(mark: Boolean, first: NodeDef): GraphDef = {
    val both = node("both", "IdentityN", first.getName, "x").having("T" -> Seq(Float32, Float32))
    val marked = if (mark) both.having("_gradient_op_type" -> "CustomGradient-7") else both
    graph(
      placeholder("x"),
      float("sigmoid", "Sigmoid", "x"),
      first,
      marked,
      float("y", "Tanh", "both")
    )
  }

  test("an IdentityN becomes an identity for each output; its own gradient is warned of by name") {
    val result = of(identityN(mark = true, float("p", "Square", "x")), "y", "x")
    assert(opsBetween(result, "y") === Set("Placeholder", "Square", "Identity", "Tanh"))
    assert(
      result.warnings.asScala === Seq(
        "the model's code gives 'both' a gradient of its own (tf.custom_gradient), which the" +
          " SavedModel does not keep: the gradients are those of the ops as they stand, which may" +
          " differ from what TensorFlow gives in Python"
      )
    )
  }

  test("swish, and what is not marked, is not warned of") {
    val swish = identityN(mark = true, float("p", "Mul", "x", "sigmoid"))
    assert(of(swish, "y", "x").warnings.isEmpty)
    assert(of(identityN(mark = false, float("p", "Square", "x")), "y", "x").warnings.isEmpty)
  }

  test("the output of an IdentityN is moved where it is differentiated by") {
    val result = of(identityN(mark = false, float("p", "Square", "x")), "y", "both")
    assert(result.tensor(new TensorId("both", 0)) === new TensorId("both/layertap_output_0", 0))
  }

  test("all nodes without a gradient are named at once") {
    val graph1 = graph(
      placeholder("x"),
      float("a", "Digamma", "x"),
      float("b", "Xdivy", "a", "x"),
      float("y", "Neg", "b")
    )
    assert(
      refused(graph1, "y", "x") ===
        "cannot compute the gradient of 'y:0' with respect to 'x:0': TensorFlow has no gradient of" +
        " Digamma 'a', Xdivy 'b', through which it would go; differentiate a layer before, or with" +
        " respect to one behind"
    )
  }

  test("a StopGradient and a cast to integers are no path; they are named") {
    val stopped = graph(
      placeholder("x"),
      float("s", "StopGradient", "x"),
      node("i", "Cast", "x").having("SrcT" -> Float32, "DstT" -> Int32),
      node("f", "Cast", "i").having("SrcT" -> Int32, "DstT" -> Float32),
      float("y", "Add", "s", "f")
    )
    assert(
      refused(stopped, "y", "x") ===
        "cannot compute the gradient of 'y:0' with respect to 'x:0': no gradient passes" +
        " StopGradient 's', Cast to int32 'i', the only way from one to the other; name a layer" +
        " that lies behind"
    )
  }

  test("a tensor that does not come before") {
    assert(
      refused(relu, "a", "y") ===
        "cannot compute the gradient of 'a:0' with respect to 'y:0': the one does not depend on the" +
        " other; name a layer that lies before it"
    )
  }

  test("integers have no gradient") {
    val ids = graph(
      placeholder("x", Int32),
      node("y", "Cast", "x").having("SrcT" -> Int32, "DstT" -> Float32)
    )
    assert(
      refused(ids, "y", "x") ===
        "cannot compute a gradient with respect to 'x:0': its dtype is int32, and only" +
        " floating-point values have a gradient; name the layer that makes such of it, as an" +
        " embedding"
    )
    assert(
      refused(ids, "x", "x") ===
        "cannot compute the gradient of 'x:0': its dtype is int32, and only floating-point values" +
        " have a gradient; name the layer that gives the scores it is made from"
    )
  }

  // x ─▶ Relu ─▶ Mul ─▶ y
  //        └▶ Digamma ─▶ Round ─▲
  test("a way that carries no gradient is cut off, whatever stands on it") {
    val graph1 = graph(
      placeholder("x"),
      float("a", "Relu", "x"),
      float("d", "Digamma", "a"),
      float("r", "Round", "d"),
      float("y", "Mul", "a", "r")
    )
    val result = of(graph1, "y", "x")
    val moved = result.tensor(new TensorId("y", 0))
    assert(inputs(result.graph, moved.node).last.endsWith("r/layertap_constant_0"))
  }

  Seq(true, false).foreach { keepsAll =>
    test(s"a loop of three steps is written down step by step (keeps all outputs: $keepsAll)") {
      val loop = new RecurrentLoop("rnn", keepsAll).graph
      val result = of(loop, "rnn/last", "x", shapes("x" -> shape(3)))
      val left = opsBetween(result, "rnn/last").filter(op =>
        op.contains("While") || op.contains("TensorList")
      )
      assert(left === Set())
      val moved = result.tensor(new TensorId("rnn/last", 0)).toString
      assert(NativeRun(result.graph, moved, "x" -> Seq(1f, 20f, 300f)) === Seq(321))
      assert(NativeRun(result.graph, "rnn/last", "x" -> Seq(1f, 20f, 300f)) === Seq(321))
    }
  }

  test("a loop whose number of steps is fed is refused") {
    val loop = new RecurrentLoop("rnn", keepsAll = true)
    val open = loop.graph.toBuilder
    val at = open.getNodeList.asScala.indexWhere(_.getName == "rnn/i")
    open.setNode(at, placeholder("rnn/i", Int32))
    assert(
      refused(open.build, "rnn/while:2", "x") ===
        "cannot compute the gradient of 'rnn/while:2' with respect to 'x:0': TensorFlow has no" +
        " gradient of TensorListFromTensor to variant 'rnn/steps', While to int32, variant" +
        " 'rnn/while' (the number of its steps is not known before a row is read; a loop must have" +
        " a fixed number), through which it would go; differentiate a layer before, or with" +
        " respect to one behind"
    )
  }
}

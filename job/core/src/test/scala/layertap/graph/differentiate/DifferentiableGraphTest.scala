package layertap.graph.differentiate

import layertap.failure.UserException
import layertap.graph.Graphs._
import layertap.graph.{RecurrentLoop, TensorId, TensorShape}
import layertap.graph.differentiate.value.ShapeInference
import layertap.model.gradient.GradientRequest
import layertap.tensorflow.{GradientBuilder, TensorFlowRuntime}
import layertap.testing.NativeRun
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

class DifferentiableGraphTest extends AnyFunSuite {
  private def shapes(known: (String, TensorShape)*): ShapeInference = _ =>
    tensor => known.toMap.getOrElse(tensor.node, TensorShape.unknown)

  private def ids(names: Seq[String]) = names.map(TensorId.parse).asJava

  private def of(graph: GraphDef, y: String, x: String, known: ShapeInference = shapes()) =
    UnrolledGraph.of(graph).unrolled(ids(Seq(y)), ids(Seq(x)), known)

  private def differentiable(graph: GraphDef, y: String, x: String*) =
    DifferentiableGraph.of(of(graph, y, x.head), ids(Seq(y)), ids(x), shapes())

  private def refused(graph: GraphDef, y: String, x: String): String =
    intercept[UserException](differentiable(graph, y, x)).getMessage

  private def opsAbove(graph: GraphDef, tensor: TensorId): Set[String] = {
    val nodes = graph.getNodeList.asScala.map(node => node.getName -> node).toMap
    def above(name: String): Set[String] = {
      val node = nodes(name)
      node.getInputList.asScala.map(in => TensorId.nodeOf(in)).flatMap(above).toSet + node.getOp
    }
    above(tensor.node)
  }

  private def opsBetween(result: UnrolledGraph, y: String): Set[String] =
    opsAbove(result.graph, result.tensor(TensorId.parse(y)))

  /** The graph with the gradients of the sum of y, and where these are. */
  private def withGradients(whole: GraphDef, y: String, x: String*): (GraphDef, Seq[TensorId]) = {
    TensorFlowRuntime.start(1)
    val unrolled = UnrolledGraph.of(whole).unrolled(ids(Seq(y)), ids(x), shapes())
    val graph = DifferentiableGraph.of(unrolled, ids(Seq(y)), ids(x), shapes())
    val seed = float("seed", "OnesLike", unrolled.tensor(TensorId.parse(y)).toString)
    val request =
      new GradientRequest("tape", graph.of.get(0), new TensorId("seed", 0), graph.wrt)
    val scored = NativeRun.model(graph.graph).`with`(java.util.List.of(seed))
    val pass = GradientBuilder.add(scored, java.util.List.of(request))
    val nodes = graph.moved(pass.nodes).asScala.toSeq :+ seed
    val found = pass.gradients.get(0).asScala.toSeq.map(graph.original)
    (unrolled.graph.toBuilder.addAllNode(nodes.asJava).build, found)
  }

  /** The derivatives at x = 0.5. */
  private def derivatives(whole: GraphDef, y: String, x: String*): Seq[Double] = {
    val (graph, found) = withGradients(whole, y, x: _*)
    found.map(each => NativeRun(graph, each.toString, "x" -> Seq(0.5f)).head)
  }

  private def cast(name: String, from: String, types: (DataType, DataType)) =
    node(name, "Cast", from).having("SrcT" -> types._1, "DstT" -> types._2)

  private val relu = graph(placeholder("x"), float("a", "Relu", "x"), float("y", "Tanh", "a"))

  test("a graph of ops with gradients stays as it is") {
    val result = of(relu, "y", "a")
    assert(result.graph === relu)
    assert(result.tensor(new TensorId("y", 0)) === new TensorId("y", 0))
    val (graph, found) = withGradients(relu, "y", "a")
    val own = graph.getNodeList.asScala.filterNot(_.getName.startsWith("tape"))
    assert(own.map(_.getName) === Seq("x", "a", "y", "seed"))
    assert(
      opsAbove(graph, found.head) === Set("Placeholder", "Relu", "Tanh", "OnesLike", "TanhGrad")
    )
  }

  // x ─▶ Erfc ─▶ Tanh ─▶ y
  test("of erfc the gradient of erf is taken, of its value the graph's own alone") {
    val erfc = graph(placeholder("x"), float("e", "Erfc", "x"), float("y", "Tanh", "e"))
    val slope = -2 / math.sqrt(math.Pi) * math.exp(-0.25)
    val outer = 1 - math.pow(math.tanh(0.4795001), 2)
    assert(math.abs(derivatives(erfc, "y", "x").head - slope * outer) < 1e-5)
    val (graph1, found) = withGradients(erfc, "y", "x")
    val ops = opsAbove(graph1, found.head)
    assert(ops("Erfc") && !ops("Erf"), "nothing is computed twice")
    assert(graph1.getNodeList.asScala.take(3) === erfc.getNodeList.asScala)
  }

  // x ─▶ LogSoftmax ─▶ y
  test("of log softmax, whose gradient is wrong beyond matrices, its parts are differentiated") {
    val whole = graph(placeholder("x"), float("l", "LogSoftmax", "x"), float("y", "Square", "l"))
    val (graph1, found) = withGradients(whole, "y", "x")
    val ops = opsAbove(graph1, found.head)
    assert(ops("LogSoftmax") && ops("Exp") && !ops("Softmax"))
    val exponentials = Seq(-1f, 0.5f, 2f).map(x => math.exp(x))
    val shares = exponentials.map(_ / exponentials.sum)
    val outer = shares.map(share => 2 * math.log(share))
    val expected = shares.zip(outer).map { case (share, each) => each - share * outer.sum }
    NativeRun(graph1, found.head.toString, "x" -> Seq(-1f, 0.5f, 2f)).zip(expected).foreach {
      case (a, b) => assert(math.abs(a - b) < 1e-5)
    }
  }

  // x ─┬─▶ Complex ─▶ Real, Imag, Angle ─▶ y, or x ─▶ SoftmaxCrossEntropyWithLogits ─▶ y
  for (
    (single, double) <- Seq(
      (DataType.DT_FLOAT -> DataType.DT_COMPLEX64) -> (DataType.DT_DOUBLE -> DataType.DT_COMPLEX128)
    );
    op <- Seq("Real", "Imag", "Angle")
  ) {
    def through(parts: DataType, whole: DataType) = graph(
      placeholder("x", parts),
      node("c", "Complex", "x", "x").having("T" -> parts, "Tout" -> whole),
      node("y", op, "c").having("T" -> whole, "Tout" -> parts)
    )
    test(s"$op of complex128 has no gradient: that in C++ is of complex64, and may end the JVM") {
      assert(
        refused((through _).tupled(double), "y", "x") ===
          "cannot compute the gradient of 'y:0' with respect to 'x:0': TensorFlow has no gradient" +
          s" of Complex to complex128 'c' (of float64), $op 'y' (of complex128), through which it would go;" +
          " differentiate a layer before, or with respect to one behind"
      )
      assert(withGradients((through _).tupled(single), "y", "x")._2.size === 1)
    }
  }

  private def crossEntropy(dtype: DataType) = graph(
    placeholder("x", dtype),
    node("y", "SoftmaxCrossEntropyWithLogits", "x", "x").having("T" -> dtype)
  )

  test("nor has the cross entropy of float64: TensorFlow multiplies it by a number of float32") {
    assert(
      refused(crossEntropy(DataType.DT_DOUBLE), "y", "x") ===
        "cannot compute the gradient of 'y:0' with respect to 'x:0': TensorFlow has no gradient of" +
        " SoftmaxCrossEntropyWithLogits 'y' (of float64), through which it would go;" +
        " differentiate a layer before, or with respect to one behind"
    )
    assert(withGradients(crossEntropy(Float32), "y", "x")._2.size === 1)
  }

  test("what TensorFlow cannot differentiate is refused in its words, with a remedy") {
    TensorFlowRuntime.start(1)
    val seed = node("seed", "OnesLike", "y").having("T" -> DataType.DT_DOUBLE)
    val scored =
      NativeRun.model(crossEntropy(DataType.DT_DOUBLE)).`with`(java.util.List.of(seed))
    val request = new GradientRequest(
      "tape",
      TensorId.parse("y"),
      TensorId.parse("seed"),
      ids(Seq("x"))
    )
    val message = intercept[UserException](
      GradientBuilder.add(scored, java.util.List.of(request))
    ).getMessage
    assert(
      message.startsWith(
        "cannot compute the gradient of 'y:0': TensorFlow cannot add it to the graph, Inconsistent" +
          " values for attr 'T' DT_DOUBLE vs. DT_FLOAT"
      )
    )
    assert(
      message.endsWith("; differentiate a layer before, or with respect to one behind"),
      message
    )
  }

  // x ─▶ Unpack ─┬─ 0 ────────────────────▶ Mul ─▶ y
  //              └─ 1 ─▶ Digamma ─▶ Relu ───▲
  test("an output of the same node leads to another start by an op without a gradient") {
    val whole = graph(
      placeholder("x"),
      node("s", "Unpack", "x").having("T" -> Float32, "num" -> 2, "axis" -> 0),
      float("d", "Digamma", "s:1"),
      float("w", "Relu", "d"),
      float("y", "Mul", "s", "w")
    )
    val (graph1, found) = withGradients(whole, "y", "s", "w")
    val values = found.map(each => NativeRun(graph1, each.toString, "x" -> Seq(0.5f, 2f)).head)
    // Digamma(2) is 1 less Euler's constant.
    assert(math.abs(values.head - 0.4227843) < 1e-5 && values(1) === 0.5)
  }

  // x ─┬────────────────────────────────────────────▶ Mul ─▶ y
  //    └▶ Digamma ─▶ Cast to int ─▶ Cast ─▶ Relu ─▶ w ─▲
  test("a start that lies behind another by a way of integers alone") {
    val whole = graph(
      placeholder("x"),
      float("scaled", "Square", "x"),
      float("d", "Digamma", "scaled"),
      cast("i", "d", Float32 -> Int32),
      cast("f", "i", Int32 -> Float32),
      float("w", "Square", "f"),
      float("y", "Mul", "x", "w")
    )
    // Digamma(1/4) = -4.2…, of which the whole part is -4.
    assert(derivatives(whole, "y", "x", "w") === Seq(16.0, 0.5))
    assert(derivatives(whole, "y", "w", "x") === Seq(0.5, 16.0))
  }

  // x ─▶ GatherV2 ─▶ y
  test("a gradient that TensorFlow puts beside the start of the graph, which is not there later") {
    val whole = graph(
      placeholder("x"),
      intConst("places", 2, 0, 2),
      intConst("axis", 0),
      node("y", "GatherV2", "x", "places", "axis")
        .having("Tparams" -> Float32, "Tindices" -> Int32, "Taxis" -> Int32)
    )
    val (graph1, found) = withGradients(whole, "y", "x")
    assert(NativeRun(graph1, found.head.toString, "x" -> Seq(5f, 6f, 7f)) === Seq(1, 0, 2))
    assert(graph1.getNodeList.asScala.forall(!_.containsAttr("_class")))
  }

  test("one tensor asked for twice, and one that only a part of the score needs") {
    val whole = graph(
      placeholder("x"),
      float("a", "Square", "x"),
      float("b", "Neg", "a"),
      float("stopped", "StopGradient", "b"),
      float("late", "Mul", "a", "b"),
      float("y", "Add", "late", "stopped")
    )
    assert(derivatives(whole, "y", "b", "b", "a", "x") === Seq(0.25, 0.25, -0.5, -0.5))
  }

  test("the score itself is one of those that it is differentiated by") {
    assert(derivatives(relu, "a", "a", "x") === Seq(1.0, 1.0))
  }

  test("a start that another one stands for is found by the name that is asked for") {
    val whole = identityN(mark = false, float("p", "Square", "x"))
    val slope = 1 - math.pow(math.tanh(0.25), 2)
    val Seq(byBoth, byX) = derivatives(whole, "y", "both", "x")
    assert(math.abs(byBoth - slope) < 1e-6 && math.abs(byX - slope) < 1e-6)
  }

  private val normalized = graph(
    placeholder("image"),
    placeholder("mean"),
    node("n", "FusedBatchNormV3", "image", "image", "image", "mean", "mean")
      .having("T" -> Float32, "U" -> Float32, "is_training" -> false),
    float("seed", "OnesLike", "n")
  )

  test("no gradient passes the statistics of a batch normalisation") {
    assert(
      refused(normalized, "n", "mean") ===
        "cannot compute the gradient of 'n:0' with respect to 'mean:0': no gradient passes" +
        " FusedBatchNormV3 'n', the only way from one to the other; name a layer that lies behind"
    )
  }

  test("a gradient that TensorFlow does not give is told by the names of the tensors") {
    TensorFlowRuntime.start(1)
    val request =
      new GradientRequest("tape", TensorId.parse("n"), TensorId.parse("seed"), ids(Seq("mean")))
    assert(
      intercept[UserException](
        GradientBuilder.add(NativeRun.model(normalized), java.util.List.of(request))
      ).getMessage === "cannot compute the gradient of 'n:0' with respect to 'mean:0': TensorFlow" +
        " takes it for zero; name another layer"
    )
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
      float("b", "Igamma", "a", "x"),
      float("y", "Neg", "b")
    )
    assert(
      refused(graph1, "y", "x") ===
        "cannot compute the gradient of 'y:0' with respect to 'x:0': TensorFlow has no gradient of" +
        " Digamma 'a', Igamma 'b', through which it would go; differentiate a layer before, or with" +
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
    assert(derivatives(graph1, "y", "x") === Seq(-2.0))
    assert(names(withGradients(graph1, "y", "x")._1).forall(!_.contains("layertap_constant")))
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
      // What was there before is computed from the steps too, not by a loop beside them.
      assert(NativeRun(result.graph, "rnn/last", "x" -> Seq(1f, 20f, 300f)) === Seq(321))
      assert(opsAbove(result.graph, new TensorId("rnn/last", 0)).forall(!_.contains("While")))
    }
  }

  // x ─▶ first loop ─▶ TensorListStack ─▶ a ─▶ TensorListFromTensor ─▶ second loop ─▶ y
  test("the sequence that a loop gives tells how many elements the next one reads") {
    val first = new RecurrentLoop("first", keepsAll = true)
    val second = new RecurrentLoop("second", keepsAll = true)
    def open(node: NodeDef) =
      if (node.getName == "first/stack") node.toBuilder.removeAttr("num_elements").build else node
    val behind = second.nodes.map { node =>
      if (node.getName == "second/steps") node.toBuilder.setInput(0, "a").build else node
    }
    val whole =
      graph(
        (placeholder("x") +: first.nodes
          .map(open)) ++ (float("a", "Square", "first/stack") +: behind): _*
      )
        .withFunctions(first.functions: _*)
    // Sizes follow from the attributes of stacks alone.
    val known: ShapeInference = graph =>
      tensor => {
        val node = find(graph, if (tensor.node == "a") "first/stack" else tensor.node)
        val length = node.getAttrMap.asScala.get("num_elements")
        length.fold(TensorShape.unknown)(each => shape(each.getI))
      }
    val result = of(whole, "second/last", "a", known)
    assert(opsBetween(result, "second/last").intersect(Set("TensorListGetItem")) === Set())
    // 1 + (1 + 2)² … : sums of sums, squared, and summed up again.
    val moved = result.tensor(new TensorId("second/last", 0)).toString
    assert(NativeRun(result.graph, moved, "x" -> Seq(1f, 2f, 3f)) === Seq(1 + 9 + 36))
  }

  private val remedy =
    "if it is over a sequence, feed that with max-length, and pad other than none"

  test("a loop whose number of steps is fed is refused") {
    val loop = new RecurrentLoop("rnn", keepsAll = true)
    val open = loop.graph.toBuilder
    val at = open.getNodeList.asScala.indexWhere(_.getName == "rnn/i")
    open.setNode(at, placeholder("rnn/i", Int32))
    assert(
      refused(open.build, "rnn/while:2", "x") ===
        "cannot compute the gradient of 'rnn/while:2' with respect to 'x:0': TensorFlow has no" +
        " gradient of TensorListFromTensor to variant 'rnn/steps', While" +
        " 'rnn/while' (the number of its steps is not known before a row is read; a loop must have" +
        s" a fixed number; $remedy), through which it would go; differentiate a layer before, or with" +
        " respect to one behind"
    )
  }

  private def enter(name: String, from: String, dtype: DataType, isConstant: Boolean = false) =
    node(name, "Enter", from)
      .having("T" -> dtype, "frame_name" -> "frame", "is_constant" -> isConstant)

  /** A loop of TensorFlow 1 that doubles x three times: y = (8 x)². */
  private def frame(limit: NodeDef, next: String = "x_next"): GraphDef = {
    def flow(name: String, op: String, dtype: DataType, inputs: String*) =
      node(name, op, inputs: _*).having("T" -> dtype)
    graph(
      placeholder("x"),
      placeholder("n", Int32),
      const("factor", 2),
      intConst("zero", 0),
      enter("i_enter", "zero", Int32),
      enter("x_enter", "x", Float32),
      enter("factor_enter", "factor", Float32, isConstant = true),
      flow("i_merge", "Merge", Int32, "i_enter", "i_next").having("N" -> 2),
      flow("x_merge", "Merge", Float32, "x_enter", next).having("N" -> 2),
      limit,
      int("less", "Less", "i_merge", limit.getName),
      node("goes_on", "LoopCond", "less"),
      flow("i_switch", "Switch", Int32, "i_merge", "goes_on"),
      flow("x_switch", "Switch", Float32, "x_merge", "goes_on"),
      intConst("one", 1).toBuilder.addInput("^i_switch").build,
      int("i_add", "AddV2", "i_switch:1", "one"),
      flow("i_next", "NextIteration", Int32, "i_add"),
      float("x_mul", "Mul", "x_switch:1", "factor_enter"),
      flow("x_next", "NextIteration", Float32, "x_mul"),
      flow("exit", "Exit", Float32, "x_switch"),
      float("y", "Square", "exit")
    )
  }

  private val three = intConst("limit", 3).toBuilder.addInput("^i_merge").build

  test("a loop of TensorFlow 1 is written down step by step") {
    assert(derivatives(frame(three), "y", "x") === Seq(64.0))
    val (whole, found) = withGradients(frame(three), "y", "x")
    assert(opsAbove(whole, found.head).intersect(Set("Enter", "Merge", "Switch", "Exit")) === Set())
  }

  test("a loop of TensorFlow 1 of open steps is refused by its nodes") {
    assert(
      refused(frame(enter("limit", "n", Int32, isConstant = true)), "y", "x") ===
        "cannot compute the gradient of 'y:0' with respect to 'x:0': TensorFlow has no gradient of" +
        " Enter 'x_enter', Merge 'x_merge' (the number of its steps is not known before a row is" +
        s" read; a loop must have a fixed number; $remedy), Switch 'x_switch', NextIteration 'x_next', Exit" +
        " 'exit', through which it would go; differentiate a layer before, or with respect to one" +
        " behind"
    )
  }

  test("a frame that is no loop is refused by its nodes") {
    assert(
      refused(frame(three, next = "x_enter"), "y", "x") ===
        "cannot compute the gradient of 'y:0' with respect to 'x:0': TensorFlow has no gradient of" +
        " Enter 'x_enter' ('x_merge' is not part of a loop as TensorFlow writes them), Merge" +
        " 'x_merge', Switch 'x_switch', Exit 'exit', through which it would go; differentiate a layer" +
        " before, or with respect to one behind"
    )
  }

  /** One channel: y = x / sqrt(3 + 2 x²), the derivative of which is 3 / (3 + 2 x²)^1.5. */
  test(
    "the attributes of a normalization reach its gradient, which TensorFlow builds without them"
  ) {
    val whole = graph(
      placeholder("x"),
      intConst("sizes", 1, 1, 1, 1),
      node("map", "Reshape", "x", "sizes").having("T" -> Float32, "Tshape" -> Int32),
      node("y", "LRN", "map").having("T" -> Float32, "bias" -> 3f, "alpha" -> 2f, "beta" -> 0.5f)
    )
    val derivative = derivatives(whole, "y", "x").head
    assert(math.abs(derivative - 3 / math.pow(3.5, 1.5)) < 1e-6)
  }

  test("a convolution with dilations and strides is refused, which TensorFlow would fail for") {
    val whole = graph(
      placeholder("x"),
      placeholder("filter"),
      node("y", "Conv2D", "x", "filter").having(
        "T" -> Float32,
        "strides" -> Seq(1, 2, 2, 1),
        "dilations" -> Seq(1, 2, 2, 1),
        "padding" -> "SAME"
      )
    )
    assert(
      refused(whole, "y", "x") ===
        "cannot compute the gradient of 'y:0' with respect to 'x:0': TensorFlow has no gradient of" +
        " Conv2D 'y' (a convolution with dilations needs strides of one and a kernel whose size is" +
        " known), through which it would go; differentiate a layer before, or with respect to one" +
        " behind"
    )
  }

  // x ─▶ FakeQuantWithMinMaxVars ─▶ Square ─▶ y
  test("numbers that are rounded within a range count as if they were not, and end at its sides") {
    def whole(min: Float, max: Float) = graph(
      placeholder("x"),
      const("min", min),
      const("max", max),
      node("q", "FakeQuantWithMinMaxVars", "x", "min", "max").having("num_bits" -> 3),
      float("y", "Square", "q")
    )
    // The steps are -0.9, -0.6, …, 1.2: 0.5 becomes 0.6.
    assert(math.abs(derivatives(whole(-0.9f, 1.2f), "y", "x").head - 1.2) < 1e-6)
    assert(derivatives(whole(-0.9f, 0.4f), "y", "x") === Seq(0))
  }

  test("a diagonal beside the main one is refused, and one of matrices of open sizes") {
    def whole(k: Int) = graph(
      placeholder("x"),
      intConst("k", k),
      const("none", 0),
      node("y", "MatrixDiagPartV3", "x", "k", "none").having("T" -> Float32)
    )
    Seq(0, 1).foreach { k =>
      assert(
        refused(whole(k), "y", "x") ===
          "cannot compute the gradient of 'y:0' with respect to 'x:0': TensorFlow has no gradient of" +
          " MatrixDiagPartV3 'y' (it is not the main diagonal of matrices that are known to be" +
          " square), through which it would go; differentiate a layer before, or with respect to" +
          " one behind"
      )
    }
  }
}

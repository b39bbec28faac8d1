package layertap.model.feed

import layertap.graph.{GraphIndex, OpDefinitions, TensorId}
import layertap.graph.Graphs._
import layertap.model.select.{FeedTarget, Selector}
import layertap.model.select.SelectorParser.{At, parse}
import layertap.failure.UserException
import layertap.model.LoadedModel
import layertap.model.layers.{GradientTensors, LayerCall, Region}
import layertap.model.cut.ModelCutter
import layertap.model.cut.RunnableGraph
import layertap.model.saved.LocalModelFiles
import layertap.testing.SavedModels._
import layertap.testing.StoredAnswers
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, TensorInfo}
import scala.jdk.CollectionConverters._

class FeedResolverTest extends AnyFunSuite {
  private lazy val branches = TestData.load("branches_keras2")

  private lazy val exported = TestData.load("branches_keras3")

  private val projects = "project@0 (takes [serving_default_left:0]), " +
    "project@1 (takes [serving_default_right:0])"

  private def layer(text: String): Selector = parse(text, At.OUTPUT)
  private def input(name: String): FeedTarget = new FeedTarget.Input(name)
  private def into(text: String): FeedTarget = new FeedTarget.Into(layer(text))
  private def outputOf(text: String): FeedTarget = new FeedTarget.OutputOf(layer(text))
  private def tensor(name: String): FeedTarget = new FeedTarget.Tensor(name)

  private def feed(target: FeedTarget, model: LoadedModel = branches): FeedPlaceholder =
    new ModelCutter(model).feed(target)

  private def refused(target: FeedTarget, model: LoadedModel = branches): String =
    intercept[UserException](feed(target, model)).getMessage

  /** What computes a tap from feeds. */
  private def cut(tap: String, targets: FeedTarget*): RunnableGraph = {
    val cutter = new ModelCutter(branches)
    targets.foreach(cutter.feed(_))
    cutter.tap(layer(tap))
    cutter.build()
  }

  private def nodes(model: RunnableGraph): Set[String] =
    names(model.graph).filter(_.startsWith("branches/")).map(_.split("/")(1)).toSet

  test("an input of the signature") {
    val point = feed(input("left"))
    assert(point.placeholder.node === "serving_default_left")
    assert((point.dtype, point.shape) === ((Float32, shape(-1, 4))))
    assert(point.target === new FeedTarget.Input("left"))
  }

  test("an input that the signature has not") {
    assert(
      refused(input("letf")) === "cannot feed the input 'letf': the signature 'serving_default' " +
        "takes left, right; write { input = left, … }"
    )
  }

  /** As TensorFlow writes a sum over ragged rows; `scope` is that of the op which takes row ends.
    */
  private def ragged(scope: String): LoadedModel = {
    def list(tensor: String, dtype: DataType): TensorInfo =
      TensorInfo.newBuilder
        .setName(tensor)
        .setDtype(dtype)
        .setTensorShape(shape(-1).toProto)
        .build
    val model = graph(
      placeholder("words"),
      placeholder("words_1", DataType.DT_INT64),
      placeholder("words_2", DataType.DT_INT64),
      node(s"$scope/Shape", "Shape", "words_1").having("T" -> DataType.DT_INT64),
      node("sum", "Reshape", "words", s"$scope/Shape").having("T" -> Float32)
    )
    val definition = signature()(port("sum", "sum:0")).toBuilder
      .putInputs("words", list("words:0", Float32))
      .putInputs("words_1", list("words_1:0", DataType.DT_INT64))
      .putInputs("words_2", list("words_2:0", DataType.DT_INT64))
    TestData.load(of(model, definition.build), None)
  }

  test("the inputs that stand for a ragged tensor") {
    val model = ragged("RaggedReduceSum")
    val remedy = "only plain tensors can be fed, export the model with a padded input"
    assert(
      refused(input("words"), model) ===
        s"cannot feed the input 'words': it is the values of a ragged tensor; $remedy"
    )
    Seq("words_1", "words_2").foreach { splits =>
      assert(
        refused(input(splits), model) ===
          s"cannot feed the input '$splits': it is the row splits of the ragged tensor words; $remedy"
      )
    }
    assert(feed(input("words_1"), ragged("lengths")).placeholder.node === "words_1")
  }

  /** As TensorFlow writes a product with a sparse tensor; `op` takes its three parts. */
  private def sparse(op: String): LoadedModel = {
    def part(tensor: String, dtype: DataType, sizes: Long*): TensorInfo =
      TensorInfo.newBuilder
        .setName(tensor)
        .setDtype(dtype)
        .setTensorShape(shape(sizes: _*).toProto)
        .build
    val taken = if (op.startsWith("Sparse")) Seq("s", "s_1", "s_2") else Seq("s_1")
    val model = graph(
      placeholder("s", DataType.DT_INT64),
      placeholder("s_1"),
      placeholder("s_2", DataType.DT_INT64),
      const("w", 1),
      node("sum", op, taken :+ "w": _*)
        .having("T" -> Float32)
    )
    val definition = signature()(port("sum", "sum:0")).toBuilder
      .putInputs("s", part("s:0", DataType.DT_INT64, -1, 2))
      .putInputs("s_1", part("s_1:0", Float32, -1))
      .putInputs("s_2", part("s_2:0", DataType.DT_INT64, 2))
    TestData.load(of(model, definition.build), None)
  }

  test("the three inputs that stand for a sparse tensor") {
    val model = sparse("SparseTensorDenseMatMul")
    val remedy = "only plain tensors can be fed, export the model with a dense input"
    Seq(
      "s" -> "the indices of a sparse tensor",
      "s_1" -> "the values of the sparse tensor s",
      "s_2" -> "the shape of the sparse tensor s"
    ).foreach { case (name, what) =>
      assert(refused(input(name), model) === s"cannot feed the input '$name': it is $what; $remedy")
    }
    assert(feed(input("s_1"), sparse("AddV2")).placeholder.node === "s_1")
  }

  // feed, what is fed, kept layers
  Seq(
    (into("head"), shape(-1, 5), Set("head")),
    (into("keep"), shape(-1, 5), Set("keep", "head")),
    (outputOf("joined"), shape(-1, 5), Set("keep", "head")),
    (outputOf("keep"), shape(-1, 5), Set("keep", "head")),
    (tensor("joined/concat"), shape(-1, 5), Set("keep", "head")),
    (into("-1"), shape(-1, 5), Set("head"))
  ).foreach { case (target, fed, kept) =>
    test(s"${target.text} starts in the middle") {
      val middle = cut("head", target)
      assert(middle.feeds.asScala.map(_.target) === Seq(target))
      assert(middle.feeds.get(0).shape === fed)
      assert(nodes(middle) === kept)
    }
  }

  test("one input of several, the others are computed") {
    val half = cut("joined", input("left"), into("joined:1"))
    assert(nodes(half) === Set("project", "encoder", "joined"))
    assert(
      inputs(half.graph, "branches/joined/concat") ===
        Seq("branches/encoder/code/BiasAdd", "layertap_feed_0", "branches/joined/concat/axis")
    )
  }

  test("both outputs of a shared layer, each by its call") {
    val both = cut("difference", outputOf("project@0"), outputOf("project@1"))
    assert(
      inputs(both.graph, "branches/difference/sub") === Seq("layertap_feed_1", "layertap_feed_0")
    )
  }

  test("what enters one layer does not reach others that take the same tensor") {
    val one = cut("joined", input("left"), input("right"), into("encoder"))
    assert(inputs(one.graph, "branches/encoder/hidden/MatMul").head === "layertap_feed_0")
    assert(inputs(one.graph, "branches/difference/sub").last === "branches/project/Relu_1")
  }

  test("what leaves a layer reaches all that take it") {
    val all = cut("joined", input("right"), outputOf("project@0"))
    assert(inputs(all.graph, "branches/encoder/hidden/MatMul").head === "layertap_feed_0")
    assert(inputs(all.graph, "branches/difference/sub").last === "layertap_feed_0")
  }

  Seq(
    into("joined") -> "cannot feed into = joined: the layer has 2 inputs; add :0 to :1 to name one",
    into("joined:2") -> "cannot feed into = joined:2: the layer has 2 inputs, counted from 0",
    into("head:1") -> "cannot feed into = head:1: the layer has 1 input, counted from 0",
    into("head:x") -> "cannot feed into = head:x: the layer has 1 input, counted from 0",
    into(
      "left"
    ) -> "cannot feed into = left: the layer has 0 inputs; feed its output with output-of",
    into("*") -> "cannot feed '*': it does not name one layer; name one",
    into("project") -> s"cannot feed into = project: it is called 2 times; name one: $projects",
    outputOf(
      "project"
    ) -> s"cannot feed output-of = project: it is called 2 times; name one: $projects",
    into("project@2") -> "cannot feed into = project@2: it is called 2 times, counted from 0",
    outputOf("p*") -> "cannot feed output-of = p*: it names 2 outputs; name one layer"
  ).foreach { case (target, message) =>
    test(s"${target.text} is refused")(assert(refused(target) === message))
  }

  test("into one of several inputs of which nothing tells the order") {
    assert(
      refused(
        into("joined:0"),
        exported
      ) === "cannot feed into = joined:0: the graph does not tell " +
        "the order of the layer's inputs; feed one with { graph-tensor = … }, or set model.topology"
    )
  }

  test("into the only input that the graph shows, which may be one of several") {
    assert(
      refused(
        into("head:0"),
        exported
      ) === "cannot feed into = head:0: the graph shows one input, and the file " +
        "does not say which of the layer's inputs that is; leave out the " +
        "number for the one that it shows, or set model.topology"
    )
    assert(feed(into("head"), exported).shape === shape(-1, 5))
  }

  test("a layer without ops whose tensor goes to several places") {
    assert(
      refused(outputOf("encoder_input")) === "cannot feed output-of = encoder_input: the layer " +
        "hands on what it takes, and that tensor branches/project/Relu_1:0 goes to several places " +
        "(branches/difference/sub, branches/encoder/hidden/MatMul); feed with into = the layer " +
        "that follows"
    )
  }

  private def twice(first: FeedTarget, second: FeedTarget, tensor: String) =
    s"cannot feed both ${first.text} and ${second.text}: the two feeds replace one value, that of " +
      s"$tensor; leave one of them out, or feed each layer that takes it with into"

  private val project = "branches/project/Relu_1:0"

  // one value, whose two feeds are refused in either order
  Seq(
    (input("left"), input("left"), "serving_default_left:0"),
    (input("left"), tensor("serving_default_left"), "serving_default_left:0"),
    (input("left"), outputOf("left"), "serving_default_left:0"),
    (input("left"), into("project@0"), "serving_default_left:0"),
    (tensor("serving_default_left"), into("project@0"), "serving_default_left:0"),
    (tensor("joined/concat"), outputOf("joined"), "branches/joined/concat:0"),
    (outputOf("joined"), outputOf("keep"), "branches/joined/concat:0"),
    (outputOf("joined"), into("head"), "branches/joined/concat:0"),
    (outputOf("project@0"), into("encoder"), project),
    (into("head"), into("-1"), "branches/keep/Identity:0"),
    (into("encoder"), into("encoder/hidden"), project)
  ).foreach { case (one, other, fed) =>
    for ((first, second) <- Seq(one -> other, other -> one).distinct)
      test(s"${first.text} and ${second.text} are two feeds for one value") {
        val cutter = new ModelCutter(branches)
        cutter.feed(first)
        val message = intercept[UserException](cutter.feed(second)).getMessage
        assert(message === twice(first, second, fed))
      }
  }

  test("two names of the signature for one placeholder, and an input without a trace") {
    val model = load(
      of(
        graph(placeholder("x"), float("y", "Relu", "x")),
        signature(port("a", "x:0"), port("b", "x:0"), port("z", "z:0"))(port("y", "y:0"))
      )
    )
    Seq("a" -> "b" -> "x:0", "z" -> "z" -> "z:0").foreach { case ((first, second), fed) =>
      val cutter = new ModelCutter(model)
      cutter.feed(input(first))
      val message = intercept[UserException](cutter.feed(input(second))).getMessage
      assert(message === twice(input(first), input(second), fed))
    }
  }

  test("two layers that take one tensor may be fed apart, and what each takes is what it is fed") {
    val cutter = new ModelCutter(branches)
    Seq(into("encoder"), into("difference:1"), input("left")).foreach(cutter.feed(_))
    val taps =
      Seq("encoder", "encoder/hidden").map(name => parse(name, new At(Selector.Side.INPUT, ""))) :+
        parse("difference", new At(Selector.Side.INPUT, "1"))
    taps.foreach(cutter.tap(_))
    val fed = "layertap_tap_of/layertap_feed_"
    assert(
      cutter.build().taps.asScala.map(_.fetch.node) === Seq(s"${fed}0", s"${fed}0", s"${fed}1")
    )
    assert(
      cutter.original().taps.asScala.map(_.fetch.node) === Seq(s"${fed}0", s"${fed}0", s"${fed}1")
    )
  }

  private def tapped(tap: Selector, target: FeedTarget, model: LoadedModel = branches): String = {
    val cutter = new ModelCutter(model)
    cutter.feed(target)
    Seq("left", "right").foreach(name => cutter.feed(input(name)))
    cutter.tap(tap)
    cutter.build().taps.get(0).fetch.node
  }

  private def entering(name: String): Selector = parse(name, new At(Selector.Side.INPUT, ""))

  private val fed = "layertap_tap_of/layertap_feed_0"

  private def withTopology(name: String): LoadedModel = TestData.load(
    new LocalModelFiles(TestData.model(name)),
    StoredAnswers.topology(TestData.model(name))
  )

  private lazy val listed = withTopology("branches_keras3")

  test("the input of a layer without ops that hands on another one") {
    val (first, second) = (TensorId.parse("a"), TensorId.parse("b"))
    val picking = new LayerCall(
      new Region(Array()),
      java.util.List.of(first, second),
      true,
      java.util.Map.of(0, first),
      java.util.Set.of(),
      java.util.List.of(),
      java.util.Map.of(),
      java.util.List.of(),
      java.util.List.of(),
      GradientTensors.NONE
    )
    val whole = new GraphIndex(graph(placeholder("a"), placeholder("b")), OpDefinitions.registered)
    def require(tensor: TensorId): Unit =
      EnteredInput.requireOwn(new FeedTarget.Into(layer("pick:1")), picking, tensor, whole)
    require(first)
    assert(
      intercept[UserException](require(second)).getMessage === "cannot feed into = pick:1: the " +
        "layer has no ops and hands on another input than b:0; feed with into = the layer that " +
        "takes it"
    )
  }

  test("one of two inputs that are one tensor") {
    assert(
      refused(into("attention:1"), withTopology("outputs_keras3")) === "cannot feed into = " +
        "attention:1: 2 of the layer's inputs are the tensor serving_default_events:0, and the " +
        "graph does not show which op takes which; feed the layer that gives it with output-of"
    )
  }

  // Keras 2 leaves an identity of a Dropout, Keras 3 nothing.
  Seq("branches/joined/concat:0" -> branches, "branches_1/joined_1/concat:0" -> listed).foreach {
    case (tensor, model) =>
      test(s"what a layer is fed that hands on what it takes is that layer's: $tensor") {
        assert(tapped(layer("keep"), outputOf("keep"), model) === fed)
        assert(tapped(entering("head"), outputOf("keep"), model) === fed)
        Seq(layer("joined") -> "joined", entering("keep") -> "keep:input").foreach {
          case (tap, name) =>
            val refused = intercept[UserException](tapped(tap, outputOf("keep"), model))
            assert(
              refused.getMessage ===
                s"cannot tap '$name' beside the feed output-of = keep: the layer that is fed " +
                s"hands on what it takes, and the two share the tensor $tensor; leave one of them " +
                "out, or feed with into = the layer that follows"
            )
        }
      }
  }

  test("what enters a Dropout is what leaves it, and enters the layer that follows") {
    assert(tapped(layer("keep"), into("keep")) === fed)
    assert(tapped(entering("keep"), into("keep")) === fed)
    assert(tapped(entering("head"), into("keep")) === fed)
    assert(tapped(layer("joined"), into("keep")) === "branches/joined/concat")
    assert(tapped(entering("keep"), into("keep"), listed) === fed)
    assert(tapped(layer("keep"), into("keep"), listed) === fed)
  }

  // x ─▶ Cast ─▶ y     z is not used
  private def typed(dtype: DataType): LoadedModel = load(
    of(
      graph(
        placeholder("x", dtype),
        node("y", "Cast", "x").having("SrcT" -> dtype, "DstT" -> Float32)
      ),
      signature(port("x", "x:0", dtype), port("z", "z:0"))(port("y", "y:0"))
    )
  )

  // of the model, of the values that are fed
  Seq(
    DataType.DT_FLOAT -> DataType.DT_FLOAT,
    DataType.DT_HALF -> DataType.DT_FLOAT,
    DataType.DT_BFLOAT16 -> DataType.DT_FLOAT,
    DataType.DT_UINT8 -> DataType.DT_UINT8,
    DataType.DT_INT8 -> DataType.DT_INT32,
    DataType.DT_INT16 -> DataType.DT_INT32,
    DataType.DT_UINT16 -> DataType.DT_INT32,
    DataType.DT_UINT32 -> DataType.DT_INT64,
    DataType.DT_STRING -> DataType.DT_STRING
  ).foreach { case (dtype, fed) =>
    for (target <- Seq(input("x"), tensor("x")))
      test(s"${target.text} of $dtype takes values of $fed") {
        val cutter = new ModelCutter(typed(dtype))
        assert(cutter.feed(target).dtype === dtype)
        cutter.tap(new Selector.SignatureOutput("y"))
        val cut = cutter.build().graph
        val placeholders = cut.getNodeList.asScala.filter(_.getOp == "Placeholder")
        assert(placeholders.map(_.getAttrOrThrow("dtype").getType) === Seq(fed))
        val casts = cut.getNodeList.asScala.filter(_.getOp == "Cast").map(_.getName)
        assert(casts.size === (if (dtype == fed) 1 else 2))
      }
  }

  test("an input of which the graph has no trace may be fed and is not needed") {
    val cutter = new ModelCutter(typed(Float32))
    cutter.feed(input("x"))
    cutter.feed(input("z"))
    cutter.tap(new Selector.SignatureOutput("y"))
    assert(cutter.build().feeds.asScala.map(_.target) === Seq(new FeedTarget.Input("x")))
  }

  test("the steps of a layer that gives the last of them alone") {
    val target = outputOf("lstm:sequence")
    assert(
      refused(target, TestData.load("recurrent_keras2")) === "cannot feed output-of = " +
        "lstm:sequence: the layer gives its last step alone, and nothing takes those before; feed " +
        "that step with output-of and the layer's bare name"
    )
    assert(feed(outputOf("lstm"), TestData.load("recurrent_keras2")).shape === shape(-1, 5))
  }

  for (target <- Seq(into("frames/conv"), outputOf("frames/conv")))
    test(s"${target.text}, which a TimeDistributed layer of Keras 2 runs on all rows' steps") {
      val steps = TestData.load("steps_keras2")
      assert(
        refused(target, steps) === s"cannot feed ${target.text}: the TimeDistributed layer " +
          "'frames' runs the layer on the steps of all rows together; feed frames with into or " +
          "output-of"
      )
      assert(feed(into("frames"), steps).shape === shape(-1, 3, 5, 5, 2))
      assert(feed(outputOf("frames"), steps).shape === shape(-1, 3, 3, 3, 2))
    }
}

package layertap.model.cut

import layertap.failure.UserException
import layertap.model.LoadedModel
import layertap.graph.Graphs._
import layertap.graph.Dtype
import layertap.graph.TensorShape
import layertap.model.checkpoint.Indexes
import layertap.model.select.SelectorParser.{At, parse}
import layertap.model.select.FeedTarget
import layertap.model.select.Selector
import layertap.testing.SavedModels._
import layertap.testing.MemoryFiles
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{AttrValue, BundleEntryProto, DataType, NodeDef, SavedModel}
import scala.jdk.CollectionConverters._

class ModelCutterTest extends AnyFunSuite {
  private val index = "variables/variables.index"
  private val shard = "variables/variables.data-00000-of-00001"

  private def refused(body: => Any): String = intercept[UserException](body).getMessage

  private def layer(text: String): Selector = parse(text, At.OUTPUT)
  private def tensor(name: String): Selector = new Selector.GraphTensor(name)

  private def cut(model: LoadedModel, feeds: Seq[String], taps: Selector*): RunnableGraph = {
    val cutter = new ModelCutter(model)
    feeds.foreach(input => cutter.feed(new FeedTarget.Input(input)))
    taps.foreach(cutter.tap(_))
    cutter.build()
  }

  // x ─▶ MatMul ─▶ y         save/restore ─▶ save/value ─▶ save/assign ─▶ w
  //        ▲ read ◀─ w
  private val restoring = Seq(
    stringConst("save/Const", "prefix"),
    stringConst("save/names", "key"),
    stringConst("save/slices", ""),
    node("save/restore", "RestoreV2", "save/Const", "save/names", "save/slices")
      .having("dtypes" -> Seq(Float32)),
    identity("save/value", "save/restore")
  )
  private val assign =
    node("save/assign", "AssignVariableOp", "w", "save/value").having("dtype" -> Float32)

  private def weighted(
      assign: Option[NodeDef],
      entries: (String, BundleEntryProto)*
  ): MemoryFiles = {
    val nodes = Seq(placeholder("x"), handle("w", 2, 3), read("read", "w")) ++
      Seq(float("y", "MatMul", "x", "read")) ++ restoring ++ assign
    val built = metaGraph("serve")(
      graph(nodes :+ node("save/all", "NoOp", assign.map("^" + _.getName).toSeq: _*): _*),
      "serving_default" -> signature(port("x", "x:0"))(port("y", "y:0"))
    ).toBuilder
    built.getSaverDefBuilder
      .setFilenameTensorName("save/Const:0")
      .setRestoreOpName("save/all")
    files(built.build)
      .updated(index, Indexes.checkpoint(Indexes.header(), entries: _*))
      .updated(shard, new Array(100))
  }

  private val six = Indexes.entry(8, 24, sizes = Seq(2, 3))

  test("a variable becomes a constant, whose place in the checkpoint the restore op tells") {
    val model = cut(load(weighted(Some(assign), "key" -> six)), Seq("x"), tensor("y"))
    assert(names(model.graph) === Seq("x", "w", "read", "y"))
    assert(find(model.graph, "w").getOp === "Const")
    assert(model.variables.asScala.map(kept => kept.node -> kept.entry.key) === Seq("w" -> "key"))
    assert(model.variableBytes === 24)
    assert(model.variableReads.byteCount === 24)
  }

  test("the values of no variable are read") {
    val files = weighted(Some(assign), "key" -> six)
    cut(load(files), Seq("x"), tensor("y"))
    assert(!files.reads.exists(_._1 == shard))
  }

  test("no variables, no checkpoint") {
    val files = weighted(Some(assign)).without(index)
    assert(cut(load(files), Seq("x"), tensor("x")).variables.isEmpty)
  }

  private def unreadable(fact: String) =
    s"cannot read the variable 'w' of memory: $fact; export the model again"

  test("a variable that nothing restores") {
    assert(
      refused(cut(load(weighted(None, "key" -> six)), Seq("x"), tensor("y"))) ===
        unreadable("the model's restore op does not set it")
    )
  }

  test("a variable that the checkpoint has not") {
    assert(
      refused(cut(load(weighted(Some(assign), "other" -> six)), Seq("x"), tensor("y"))) ===
        unreadable("the checkpoint has no entry 'key'")
    )
  }

  test("a variable that is of another type in the checkpoint") {
    val ints = Indexes.entry(8, 24, sizes = Seq(2, 3), dtype = Int32)
    assert(
      refused(cut(load(weighted(Some(assign), "key" -> ints)), Seq("x"), tensor("y"))) ===
        unreadable("the checkpoint holds DT_INT32, the graph wants DT_FLOAT")
    )
  }

  // x ─▶ a ─▶ b ─▶ y
  // z ─▶ c ─────▲
  private val wide = load(
    of(
      graph(
        placeholder("x"),
        placeholder("z"),
        float("a", "Relu", "x"),
        float("b", "AddV2", "a", "c"),
        float("c", "Tanh", "z"),
        float("y", "Relu", "b")
      ),
      signature(port("first", "x:0"), port("second", "z:0"))(port("y", "y:0"))
    )
  )

  test("what a tap does not need is dropped, feeds too") {
    val model = cut(wide, Seq("first", "second"), tensor("a"))
    assert(names(model.graph) === Seq("x", "a"))
    assert(model.feeds.asScala.map(_.target) === Seq(new FeedTarget.Input("first")))
  }

  test("taps in the order in which they were asked for, each once") {
    val model =
      cut(wide, Seq("first", "second"), tensor("y"), tensor("a"), tensor("y"), tensor("c"))
    assert(model.taps.asScala.map(_.tap.selector) === Seq("y:0", "a:0", "c:0"))
    assert(model.taps.asScala.map(_.dtype).distinct === Seq(DataType.DT_FLOAT))
    assert(model.taps.asScala.map(_.shape).distinct === Seq(TensorShape.unknown))
  }

  test("a tap of an input fetches a copy: what is fed cannot be fetched") {
    val model = cut(wide, Seq("first"), tensor("x"))
    assert(model.taps.get(0).fetch.node === "layertap_tap_of/x")
    assert(inputs(model.graph, "layertap_tap_of/x") === Seq("x"))
  }

  test("a tap of what is fed in the middle fetches a copy of the feed") {
    val cutter = new ModelCutter(wide)
    cutter.feed(new FeedTarget.Tensor("b"))
    cutter.tap(tensor("b"))
    val model = cutter.build()
    assert(names(model.graph) === Seq("layertap_feed_0", "layertap_tap_of/layertap_feed_0"))
  }

  test("the output of the signature is what the functions return") {
    val model = TestData.load("branches_keras2")
    val output = cut(model, Seq("left", "right"), new Selector.SignatureOutput("head"))
    val fetch = output.taps.get(0).fetch.node
    assert(find(output.graph, fetch).getOp === "Identity")
    assert(names(output.graph).contains("branches/head/Softmax"))
    assert(output.taps.get(0).shape === shape(-1, 2))
  }

  test("assignments that a run of the signature does not do are not told of") {
    val model = TestData.load("tf1_conv")
    val cutter = new ModelCutter(model)
    assert(names(model.graph.graph).exists(_.endsWith("/Assign")))
    cutter.feed(new FeedTarget.Input("image"))
    cutter.tap(new Selector.SignatureOutput("logits"))
    assert(!cutter.build().variables.isEmpty)
    assert(cutter.warnings.isEmpty)
  }

  test("an input that is not fed: which, and through what") {
    assert(
      refused(cut(TestData.load("branches_keras2"), Seq("left"), layer("joined"))) === "cannot " +
        "compute 'joined': it needs 'serving_default_right' (through decoder ← difference ← " +
        "project), which no feed fills; add the feed { input = right, column = … }, feed a layer " +
        "between with into or output-of, or tap a layer that does not need it"
    )
  }

  test("an input that no layer stands before") {
    assert(
      refused(cut(wide, Seq("first"), tensor("z"))).startsWith(
        "cannot compute 'z:0': it needs 'z', which no feed fills; add the feed { input = second, "
      )
    )
  }

  test("an input that the signature does not name") {
    val hidden = load(
      of(graph(placeholder("x"), float("y", "Relu", "x")), signature()(port("y", "y:0")))
    )
    assert(
      refused(cut(hidden, Seq(), tensor("y"))).contains(
        """add the feed { graph-tensor = "x", column = … }"""
      )
    )
  }

  test("an op that does more than compute is refused where it is needed alone") {
    val model = load(
      of(
        graph(placeholder("x", Text), node("y", "ReadFile", "x"), placeholder("z")),
        signature(port("x", "x:0", Text), port("z", "z:0"))(port("y", "y:0", Text))
      )
    )
    assert(cut(model, Seq("z"), tensor("z")).taps.size === 1)
    val message = refused(cut(model, Seq("x"), tensor("y")))
    assert(message.startsWith("cannot cut the model memory: "))
    assert(message.contains("ReadFile") && message.contains("it touches files"))
  }

  private val positions = Map("conv1" -> 0, "conv2" -> 2, "dense1" -> 5, "predictions" -> 6)

  /** A model some of whose kernels have so many bytes. */
  private def grown(dtype: DataType, sizes: (String, Long)*): LoadedModel = {
    val model = MemoryFiles.copyOf("cnn_functional_keras2")
    val large = sizes.foldLeft(model(index)) { case (table, (layer, bytes)) =>
      val entry = Indexes.entry(0, bytes, sizes = Seq(bytes / Dtype.bytesOf(dtype)), dtype = dtype)
      val key = s"layer_with_weights-${positions(layer)}/kernel/.ATTRIBUTES/VARIABLE_VALUE"
      Indexes.replaced(table, key, entry)
    }
    val saved = SavedModel.parseFrom(model("saved_model.pb")).toBuilder
    val kernels = sizes.map { case (layer, _) => s"$layer/kernel" }
    saved
      .getMetaGraphsBuilder(0)
      .getGraphDefBuilder
      .getNodeBuilderList
      .asScala
      .filter(node => node.getOp == "VarHandleOp" && kernels.contains(node.getName))
      .foreach(_.putAttr("dtype", AttrValue.newBuilder.setType(dtype).build))
    load(
      model
        .updated(index, large)
        .updated("saved_model.pb", saved.build.toByteArray)
        .pretending(shard, 1L << 33)
    )
  }

  test("memory alone limits values that stream, one of more than 2 GB too") {
    val model = grown(Float32, "dense1" -> 3000000000L, "predictions" -> 2000000000L)
    val cutModel = cut(model, Seq("image"), layer("predictions"))
    assert(cutModel.variableBytes > 5000000000L)
    assert(cutModel.variableReads.byteCount >= 5000000000L)
  }

  test("more than a frozen graph holds: how much, and the deepest layer that fits") {
    val model = grown(DataType.DT_INT8, "dense1" -> 1200000000L, "predictions" -> 1200000000L)
    val message = refused(cut(model, Seq("image"), layer("predictions")))
    val pattern = ("cannot freeze the kept part of memory: its ops, their constants and its " +
      "variables of other dtypes than float, int32, int64, uint8 and bool have " +
      "(\\d+) bytes, a frozen graph holds 2146435071; the deepest layer that fits is 'dense1', tap " +
      "that or one before, or feed a layer in the middle with into or output-of").r
    message match {
      case pattern(bytes) => assert(bytes.toLong > 2400000000L && bytes.toLong < 2400100000L)
      case other          => fail(other)
    }
    assert(cut(model, Seq("image"), layer("flatten")).variableBytes < 100000L)
  }

  test("a layer in the middle may be fed where all is too much") {
    val model = grown(DataType.DT_INT8, "dense1" -> 2200000000L)
    assert(refused(cut(model, Seq("image"), layer("predictions"))).contains("in the middle"))
    val cutter = new ModelCutter(model)
    cutter.feed(new FeedTarget.Into(layer("predictions")))
    cutter.tap(layer("predictions"))
    assert(cutter.build().variables.size === 2)
  }

  test("the deepest layer may stand on a branch that fits") {
    val model = grown(DataType.DT_INT8, "conv1" -> 2000000000L, "conv2" -> 2000000000L)
    val message = refused(cut(model, Seq("image"), layer("conv2")))
    assert(message.contains("the deepest layer that fits is 'shortcut', "))
  }
}

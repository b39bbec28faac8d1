package layertap.extract.check

import layertap.plan.CheckedValues
import layertap.plan.ExtractionPlan
import layertap.plan.ExtractionPlan.BatchRule
import layertap.extract.FeatureExtractor
import layertap.input.feed.PlannedFeed
import layertap.input.value.NamedFiles
import layertap.graph.Graphs._
import layertap.model.checkpoint.IndexEntries
import layertap.model.checkpoint.Indexes
import layertap.model.feature.FeatureOptions
import layertap.model.feature.FeatureOps
import layertap.model.select.SelectorParser.At
import layertap.model.select.FeedTarget
import layertap.model.feed.FixedBatch
import layertap.model.select.Selector
import layertap.model.select.SelectorParser
import layertap.failure.UserException
import layertap.model.saved.ModelFiles
import layertap.model.cut.ModelCutter
import layertap.plan.precision.Precision
import layertap.tensorflow.ShapeProbe
import layertap.tensorflow.TensorFlowRuntime
import layertap.testing.SavedModels.{of, port, signature}
import layertap.testing.MemoryFiles
import layertap.testing.Plans
import layertap.testing.TestData
import layertap.tensorflow.TensorFlowSessions
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{BundleEntryProto, DataType, NodeDef}
import scala.jdk.CollectionConverters._
import scala.util.Using

class SelfCheckTest extends AnyFunSuite {

  /** All inputs fed; tapped is what is named, or the signature's outputs and all layers. */
  private final class Job(val files: ModelFiles, named: Selector*) {
    TensorFlowRuntime.start(1)
    private val source = TestData.load(files, None)
    private val cutter = new ModelCutter(source)
    private val feeds = source.signature.inputs.keySet.asScala.toSeq.map { input =>
      PlannedFeed.of(
        cutter.feed(new FeedTarget.Input(input)),
        java.util.List.of(input),
        Plans.anyTensor
      )
    }
    if (named.isEmpty) {
      source.signature.outputs.keySet.asScala
        .foreach(output => cutter.tap(new Selector.SignatureOutput(output)))
      if (!source.layers.layers.isEmpty) cutter.tap(SelectorParser.parse("**", At.OUTPUT))
    }
    named.foreach(cutter.tap(_))

    val plan: ExtractionPlan = {
      val cut = ShapeProbe.infer(cutter.build())
      val fixedBatch = FixedBatch.of(cut.feeds)
      val featureOps = new FeatureOps(fixedBatch.orElse(FixedBatch.NONE))
      val features = cut.taps.asScala.toSeq
        .map(point =>
          featureOps.add(point.tap.columnName, point, FeatureOptions.PLAIN, java.util.List.of())
        )
      val needed = feeds.filter(feed => cut.feeds.contains(feed.point))
      val extended = cut.`with`(featureOps.nodes)
      val size = fixedBatch.orElse(8)
      new ExtractionPlan(
        extended,
        needed.asJava,
        features.asJava,
        java.util.List.of(),
        size,
        if (fixedBatch.isPresent) BatchRule.MODEL else BatchRule.CONFIGURED,
        false,
        Precision.FLOAT32
      )
    }

    def check(plan: ExtractionPlan = plan): CheckedValues =
      new SelfCheck(plan, files, new TensorFlowSessions).run(cutter.original)

    def refused(plan: ExtractionPlan = plan): String =
      intercept[UserException](check(plan)).getMessage
  }

  TestData.models.filterNot(_.startsWith("mobilenet")).foreach { model =>
    test(s"$model: passes, with values to compare with") {
      assert(new Job(TestData.files(model)).check().isPresent)
    }
  }

  private def input(dtype: DataType, sizes: Long*) =
    node("x", "Placeholder").having("dtype" -> dtype, "shape" -> shape(sizes: _*))

  /** A model of the input `x`, the first node, and the output `y`. */
  private def job(dtype: DataType, nodes: NodeDef*): Job = {
    val ends = signature(port("x", "x:0", dtype))(port("y", "y:0")).toBuilder
    val taken = ends.getInputsOrThrow("x").toBuilder
    taken.setTensorShape(nodes.head.getAttrOrThrow("shape").getShape)
    new Job(of(graph(nodes: _*), ends.putInputs("x", taken.build).build))
  }

  private val mixed = "^cannot trust 'y': a synthetic row has other values alone than beside " +
    "others, a difference of [0-9.e-]+ between values of up to [0-9.e-]+; " +
    "the tensor mixes rows, tap one before it$"

  test("a mean over the batch is found, though the shape says nothing") {
    val mean = node("mean", "Mean", "x", "axis")
      .having("T" -> Float32, "Tidx" -> Int32, "keep_dims" -> true)
    val centered =
      job(Float32, input(Float32, -1, 3), intConst("axis", 0), mean, float("y", "Sub", "x", "mean"))
    assert(centered.refused().matches(mixed), centered.refused())
  }

  /** The mean of so many columns as the row with the most numbers above zero has. */
  private def trimmed(end: NodeDef*) =
    Seq(
      input(Float32, -1, 6),
      const("zero", 0f),
      intConst("first", 0),
      intConst("second", 1),
      node("above", "Greater", "x", "zero").having("T" -> Float32),
      node("ones", "Cast", "above").having("SrcT" -> DataType.DT_BOOL, "DstT" -> Int32),
      node("each", "Sum", "ones", "second").having("T" -> Int32, "Tidx" -> Int32),
      node("most", "Max", "each", "first").having("T" -> Int32, "Tidx" -> Int32),
      intConst("all", -1),
      node("sizes", "Pack", "all", "most").having("T" -> Int32, "N" -> 2, "axis" -> 0),
      intConst("begin", 0, 0),
      node("cut", "Slice", "x", "begin", "sizes").having("T" -> Float32, "Index" -> Int32)
    ) ++ end

  test("a mean over as many columns as the longest row has is found, and their sum is none") {
    def over(op: String) =
      node("y", op, "cut", "second").having("T" -> Float32, "Tidx" -> Int32)
    val longer =
      mixed.replace("alone than beside others", "beside shorter rows than beside longer ones")
    val mean = job(Float32, trimmed(over("Mean")): _*)
    assert(mean.refused().matches(longer), mean.refused())
    assert(job(Float32, trimmed(over("Sum")): _*).check().isPresent)
  }

  test(
    "as many of the largest as the largest of all says, are found where far larger ones are refused"
  ) {
    val largest = job(
      Float32,
      input(Float32, -1, 6),
      node("whole", "Cast", "x").having("SrcT" -> Float32, "DstT" -> Int32),
      intConst("axes", 0, 1),
      node("most", "Max", "whole", "axes").having("T" -> Int32, "Tidx" -> Int32),
      intConst("one", 1),
      node("k", "AddV2", "most", "one").having("T" -> Int32),
      node("y", "TopKV2", "x", "k").having("T" -> Float32)
    )
    assert(
      largest.refused() === "cannot trust 'y': a synthetic row has other values beside some rows " +
        "than beside others, DT_FLOAT[3] instead of DT_FLOAT[1]; the tensor mixes rows, tap one before it"
    )
  }

  test("a batch normalisation in training mode is found") {
    def ones(name: String) = node(name, "Const").having("dtype" -> Float32, "value" -> tensor(3)(1))
    val empty = node("empty", "Const").having("dtype" -> Float32, "value" -> tensor(0)())
    val inputs = Seq("x", "scale", "offset", "empty", "empty")
    val normalize = node("y", "FusedBatchNormV3", inputs: _*).having(
      "T" -> Float32,
      "U" -> Float32,
      "is_training" -> true,
      "data_format" -> "NHWC"
    )
    val model =
      job(Float32, input(Float32, -1, 2, 2, 3), ones("scale"), ones("offset"), empty, normalize)
    assert(model.refused().matches(mixed), model.refused())
  }

  /** A call computes the first output of `x` alone, which a layer takes, and the second of `z`. */
  private def called(first: String, tapped: Selector): Job = {
    val both = function("both", "x" -> Float32, "z" -> Float32)(
      intConst("axis", 0),
      node("mean", "Mean", "x", "axis:output:0")
        .having("T" -> Float32, "Tidx" -> Int32, "keep_dims" -> true),
      float("centred", "Sub", "x", "mean:output:0"),
      float("positive", "Relu", "x"),
      float("doubled", "AddV2", "z", "z")
    )("y" -> Float32 -> first, "zz" -> Float32 -> "doubled:z:0")
    val call = node("call", "StatefulPartitionedCall", "x", "z").having(
      "f" -> Func("both"),
      "Tin" -> Seq(Float32, Float32),
      "Tout" -> Seq(Float32, Float32)
    )
    def input(name: String) =
      node(name, "Placeholder").having("dtype" -> Float32, "shape" -> shape(-1, 3))
    val whole = graph(input("x"), input("z"), call, float("head/Tanh", "Tanh", "call"))
    val ends = signature(port("x", "x:0"), port("z", "z:0"))(
      port("y", "call:0"),
      port("zz", "call:1"),
      port("head", "head/Tanh:0")
    ).toBuilder
    Seq("x", "z").foreach { name =>
      val taken = ends.getInputsOrThrow(name).toBuilder.setTensorShape(shape(-1, 3).toProto)
      ends.putInputs(name, taken.build)
    }
    new Job(of(whole.withFunctions(both), ends.build), tapped)
  }

  Seq(
    "y" -> new Selector.SignatureOutput("y"),
    "head" -> SelectorParser.parse("head", At.OUTPUT)
  ).foreach { case (name, tapped) =>
    test(s"a fed input that '$name' does not need keeps it from no check") {
      assert(called("positive:activations:0", tapped).check().isPresent)
      val message = called("centred:z:0", tapped).refused()
      assert(message.matches(mixed.replace("'y'", s"'$name'")), message)
    }
  }

  private val besideOthers = mixed.replace("alone than beside others", "[a-z ]+")

  private def mean(name: String, of: String) =
    node(name, "Mean", of, "axis").having("T" -> Float32, "Tidx" -> Int32, "keep_dims" -> true)

  private def ones(name: String, sizes: Long*) =
    node(name, "Const").having(
      "dtype" -> Float32,
      "value" -> tensor(sizes: _*)(Seq.fill(sizes.product.toInt)(1f): _*)
    )

  Seq(1f, 1e-2f, 1e-4f, 1e-5f, 1e-6f, 1e-7f).foreach { part =>
    test(s"a mean over the batch of which $part enters each row is found") {
      val small = job(
        Float32,
        input(Float32, -1, 3),
        intConst("axis", 0),
        const("part", part),
        mean("mean", "x"),
        float("small", "Mul", "mean", "part"),
        float("y", "AddV2", "x", "small")
      )
      assert(small.refused().matches(besideOthers), small.refused())
    }

    test(s"the same among values that cancel: $part") {
      val small = job(
        Float32,
        input(Float32, -1, 3),
        intConst("axis", 0),
        const("part", part),
        const("large", 1e4f),
        float("up", "AddV2", "x", "large"),
        float("down", "Sub", "up", "large"),
        float("rest", "Sub", "down", "x"),
        mean("mean", "x"),
        float("small", "Mul", "mean", "part"),
        float("y", "AddV2", "rest", "small")
      )
      assert(small.refused().matches(besideOthers), small.refused())
    }

    test(s"a batch normalisation in training mode, of which $part enters each row, is found") {
      val empty = node("empty", "Const").having("dtype" -> Float32, "value" -> tensor(0)())
      val normal = node("normal", "FusedBatchNormV3", "x", "scale", "offset", "empty", "empty")
        .having("T" -> Float32, "U" -> Float32, "is_training" -> true, "data_format" -> "NHWC")
      val model = job(
        Float32,
        input(Float32, -1, 2, 2, 3),
        ones("scale", 3),
        ones("offset", 3),
        empty,
        normal,
        const("part", part),
        float("small", "Mul", "normal", "part"),
        float("y", "AddV2", "x", "small")
      )
      assert(model.refused().matches(besideOthers), model.refused())
    }
  }

  /** One product of matrices less the same one, computed the other way round: nothing is left but
    * what each rounds, which depends on how many rows there are.
    */
  private def cancelling(length: Int, more: NodeDef*): Job = {
    val width = 24
    val values = Seq.tabulate(length * width)(i => 100 * math.sin(0.7 * i).toFloat)
    val weights = node("weights", "Const")
      .having("dtype" -> Float32, "value" -> tensor(length.toLong, width.toLong)(values: _*))
    val nodes = Seq(
      input(Float32, -1, length.toLong),
      weights,
      float("product", "MatMul", "x", "weights"),
      float("turned", "MatMul", "weights", "x")
        .having("transpose_a" -> true, "transpose_b" -> true),
      intConst("order", 1, 0),
      node("same", "Transpose", "turned", "order").having("T" -> Float32, "Tperm" -> Int32)
    )
    val rest = float(if (more.isEmpty) "y" else "rest", "Sub", "product", "same")
    job(Float32, nodes ++ Seq(rest) ++ more: _*)
  }

  Seq(7, 64, 257, 1000).foreach { length =>
    test(s"what is left where two sums of $length terms cancel is no mixing") {
      assert(cancelling(length).check().isPresent)
    }
  }

  test("a part of the batch's size is found where two sums cancel") {
    val counted = cancelling(
      64,
      int("shape", "Shape", "x").having("T" -> Float32, "out_type" -> Int32),
      intConst("first", 0),
      node("rows", "GatherV2", "shape", "first", "first")
        .having("Tparams" -> Int32, "Tindices" -> Int32, "Taxis" -> Int32),
      node("count", "Cast", "rows").having("SrcT" -> Int32, "DstT" -> Float32),
      float("y", "AddV2", "rest", "count")
    )
    assert(counted.refused().matches(mixed), counted.refused())
  }

  test("a stored state that is another for each row of a batch is found") {
    val index = "variables/variables.index"
    val model = MemoryFiles.copyOf("stateful_keras3")
    assert(new Job(model).check().isPresent)
    def key(name: String) = s"$name/.ATTRIBUTES/VARIABLE_VALUE"
    // The state of two rows takes six numbers of a layer's weights.
    val weights = IndexEntries.read(model(index)).toMap.apply(key("variables/4"))
    val state = BundleEntryProto.parseFrom(weights).toBuilder
    Seq(2L, 3L).zipWithIndex.foreach { case (size, axis) =>
      state.getShapeBuilder.getDimBuilder(axis).setSize(size)
    }
    val changed = Indexes.replaced(model(index), key("_all_variables/5"), state.build)
    val message = new Job(model.updated(index, changed)).refused()
    assert(message.matches(mixed.replace("'y'", "'output_0'")), message)
  }

  test("a cut graph that computes something else is found, and the tap named") {
    val sound = job(Float32, input(Float32, -1, 3), const("two", 2), float("y", "Mul", "x", "two"))
    assert(sound.check().isPresent)
    val other = sound.plan.model.graph.toBuilder
    other.getNodeBuilderList.asScala
      .filter(_.getName == "two")
      .foreach(_.putAttr("value", attribute(tensor()(2.01f))))
    val plan = withGraph(sound.plan, other.build)
    val message = sound.refused(plan)
    assert(
      message.matches(
        "^cannot trust 'y': on synthetic rows the cut model gives other values " +
          "than the whole one, a difference of 0.00[0-9]+ between values of up " +
          "to 1.[0-9]; please report it, or set run.self-check = false to take " +
          "them all the same$"
      ),
      message
    )
    Using.resource(
      FeatureExtractor.open(plan, new TensorFlowSessions, sound.files, NamedFiles.NONE)
    ) { executor =>
      val different = intercept[UserException] {
        new SelfCheck(plan, sound.files, new TensorFlowSessions).compare(executor, sound.check())
      }
      assert(
        different.getMessage.startsWith(
          "cannot trust 'y' on this executor: it computes other values than the driver, a difference"
        )
      )
    }
    Using.resource(
      FeatureExtractor.open(sound.plan, new TensorFlowSessions, sound.files, NamedFiles.NONE)
    ) { executor =>
      new SelfCheck(sound.plan, sound.files, new TensorFlowSessions)
        .compare(executor, sound.check())
    }
  }

  private def withGraph(plan: ExtractionPlan, graph: org.tensorflow.proto.GraphDef) = {
    val model = new layertap.model.cut.RunnableGraph(
      graph,
      plan.model.variables,
      plan.model.feeds,
      plan.model.taps,
      plan.model.initializers,
      plan.model.assets
    )
    plan.`with`(model)
  }

  test("identifiers beyond an embedding, texts that are no numbers: the next rows are tried") {
    val table = node("table", "Const").having("dtype" -> Float32, "value" -> tensor(2, 1)(1, 2))
    val gather = node("y", "GatherV2", "table", "x", "axis")
      .having("Tparams" -> Float32, "Tindices" -> Int32, "Taxis" -> Int32)
    val embedding = job(Int32, input(Int32, -1, 4), table, intConst("axis", 0), gather)
    assert(embedding.check().recipe === 1)
    val number = node("y", "StringToNumber", "x").having("out_type" -> Float32)
    assert(job(Text, input(Text, -1, 4), number).check().recipe === 1)
  }

  test("a model that takes none of the rows is not checked") {
    val decoded = node("y", "DecodeRaw", "x").having("out_type" -> Float32)
    val bytes = job(Text, input(Text, -1, 2), decoded)
    assert(!bytes.check().isPresent)
  }

  test("a model of fixed batches is run in those") {
    Seq(1, 2, 8).foreach { size =>
      val doubled =
        job(Float32, input(Float32, size, 3), const("two", 2), float("y", "Mul", "x", "two"))
      assert(doubled.check().rows.size === 3)
    }
  }
}

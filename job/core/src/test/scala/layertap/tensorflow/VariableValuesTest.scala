package layertap.tensorflow

import java.nio.file.Files
import layertap.failure.{FailureKind, UserException}
import layertap.graph.detour.Detours
import layertap.inference.MemoryShortException
import layertap.model.cut.RunnableGraph
import layertap.model.cut.ModelCutter
import layertap.model.checkpoint.Indexes
import layertap.model.select.FeedTarget
import layertap.model.select.SelectorParser
import layertap.testing.Extraction
import layertap.testing.MemoryFiles
import layertap.testing.Plans
import layertap.process.AvailableMemory
import layertap.testing.StoredAnswers
import layertap.testing.TempFolder
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Values that are assigned to variables, as in large models. */
class VariableValuesTest extends AnyFunSuite {

  private def allStreamed(model: RunnableGraph) = new VariableValues(model, -1)

  private def ops(variables: VariableValues): Map[String, Int] =
    variables.graph.getNodeList.asScala.groupBy(_.getOp).view.mapValues(_.size).toMap

  private def handles(variables: VariableValues): Seq[String] =
    variables.graph.getNodeList.asScala.filter(_.getOp == "VarHandleOp").map(_.getName).toSeq

  private def isComputed(handle: String): Boolean = handle.endsWith("/layertap_computed")

  Seq("cnn_functional_keras2", "digits_keras3", "lstm_keras2", "lstm_keras3").foreach { name =>
    test(s"$name: streamed values give the features that constants give") {
      val answers = StoredAnswers.of(TestData.model(name))
      val layers = answers.answers.filter(_.hasOps).map(_.name).distinct
      val plan = Plans.of(name, layers)
      val fed = plan.feeds.asScala.map { feed =>
        feed.point.placeholder -> Extraction.toTensor(answers.inputs(feed.columns.get(0)))
      }.toMap
      val fetches = plan.features.asScala.map(_.fetch).distinct.asJava
      def run(variables: VariableValues) = {
        val open = GraphSession.open(
          plan.model,
          variables,
          TestData.files(name),
          TensorFlowRuntime.openSession(_)
        )
        Using.resource(open) {
          _.run(fed.asJava, fetches).asScala.map(Extraction.doubles(_).toSeq).toSeq
        }
      }
      val all = allStreamed(plan.model)
      assert(handles(all).count(!isComputed(_)) === plan.model.variables.size)
      assert(all.constants.isEmpty)
      run(new VariableValues(plan.model)).zip(run(all)).foreach { case (expected, streamed) =>
        val scale = expected.map(math.abs).max
        expected.zip(streamed).foreach { case (a, b) => assert(math.abs(a - b) <= 1e-5 * scale) }
      }
    }
  }

  test("folded weights, and those in fewer bits, are computed once from streamed values") {
    val name = "mobilenet_v2_keras3"
    val answers = StoredAnswers.of(TestData.model(name))
    val plan = Plans.of(name, Seq("block_1_expand_relu"))
    val fed = plan.feeds.asScala.map { feed =>
      feed.point.placeholder -> Extraction.toTensor(answers.inputs(feed.columns.get(0)))
    }.toMap
    val fetches = plan.features.asScala.map(_.fetch).asJava
    val folded = plan.optimized(java.util.List.of()).model
    Seq(folded, Extraction.inBFloat16(folded)).foreach { model =>
      val around = new Detours(model.graph).to(fetches).asScala
      assert(!fetches.asScala.exists(around.contains))
      val ways = (fetches.asScala ++ around).asJava
      def run(variables: VariableValues) =
        Using.resource(
          GraphSession.open(
            model,
            variables,
            TestData.files(name),
            TensorFlowRuntime.openSession(_)
          )
        )(_.run(fed.asJava, ways).asScala.flatMap(Extraction.doubles(_)).toSeq)
      val streamed = allStreamed(model)
      assert(handles(streamed).exists(isComputed))
      val expected = run(new VariableValues(model))
      val scale = expected.map(math.abs).max
      expected.zip(run(streamed)).foreach { case (a, b) =>
        assert(math.abs(a - b) <= 1e-5 * scale)
      }
    }
  }

  test("the smallest values stay constants") {
    val model = Plans.of("digits_keras3", Seq("dense")).model
    val sizes = model.variables.asScala.map(_.entry.length)
    val variables = new VariableValues(model, sizes.sum - 1L)
    assert(handles(variables).count(!isComputed(_)) === sizes.count(_ == sizes.max))
    assert(variables.constants.size === sizes.count(_ < sizes.max))
    assert(!ops(new VariableValues(model)).contains("ReadVariableOp"))
  }

  /** A model whose layers of some numbers have so many values each; only the index says so. */
  private def grown(layers: Seq[Int], count: Long): RunnableGraph = {
    val (index, shard) = ("variables/variables.index", "variables/variables.data-00000-of-00001")
    val small = MemoryFiles.copyOf("cnn_functional_keras2")
    val grown = layers.foldLeft(small(index)) { (bytes, layer) =>
      val entry = Indexes.entry(0, 4 * count, sizes = Seq(count))
      Indexes.replaced(bytes, s"layer_with_weights-$layer/kernel/.ATTRIBUTES/VARIABLE_VALUE", entry)
    }
    val cutter = new ModelCutter(
      TestData.load(small.updated(index, grown).pretending(shard, 1L << 32), None)
    )
    cutter.feed(new FeedTarget.Input("image"))
    cutter.tap(SelectorParser.parse("dense1", SelectorParser.At.OUTPUT))
    cutter.build()
  }

  test("a model of the size of ResNet50 is all constants, of a larger one the smallest values") {
    def streamed(count: Long) = handles(new VariableValues(grown(Seq(0, 2, 5), count))).size
    assert(streamed((32L << 20) / 4) === 0)
    assert(streamed((34L << 20) / 4) === 3)
  }

  test("the figure of memory for 1.5 GB of variables is less than 2.5 times them") {
    val model = grown(Seq(0, 2, 5), 131072000)
    assert(model.variableBytes > 1500000000L)
    val opening = VariableValues.openingBytes(model)
    assert(opening > model.variableBytes && opening < 2.5 * model.variableBytes)
  }

  test("a model that takes more memory than there is, is refused before TensorFlow asks for it") {
    val model = Plans.of("digits_keras3", Seq("dense")).model
    val files = TestData.files("digits_keras3")
    val needed = VariableValues.leastBytes(model)
    def open(kilobytes: Long): Unit = TempFolder.use { folder =>
      Files.createDirectories(folder.resolve("proc"))
      Files.writeString(folder.resolve("proc/meminfo"), s"MemAvailable: $kilobytes kB\n")
      GraphSession.requireMemory(model, files, AvailableMemory.below(folder))
    }
    open(needed / 1024 + 1)
    val refused = intercept[MemoryShortException](open(1))
    assert(refused.kind === FailureKind.ENVIRONMENT)
    assert(
      refused.getMessage === s"cannot open the model ${files.location}: its variables take $needed" +
        " bytes of memory outside of Java's heap, this machine or container has 1024 left; give it" +
        " more, as 'plan' advises, or tap a layer that needs fewer variables"
    )
  }

  test("damaged bytes are found in streamed values too") {
    val model = Plans.of("digits_keras3", Seq("dense")).model
    val files = MemoryFiles.copyOf("digits_keras3")
    val path = "variables/variables.data-00000-of-00001"
    val entry = model.variables.get(0).entry
    val bytes = files(path).clone
    bytes(entry.offset.toInt) = (bytes(entry.offset.toInt) ^ 1).toByte
    TensorFlowRuntime.start(1)
    val message = intercept[UserException] {
      GraphSession.open(
        model,
        allStreamed(model),
        files.updated(path, bytes),
        TensorFlowRuntime.openSession(_)
      )
    }.getMessage
    assert(
      message === s"cannot read the variable '${entry.key}' of memory: the checksum of its bytes in" +
        s" $path is wrong; the file is damaged, copy or export the model again"
    )
  }
}

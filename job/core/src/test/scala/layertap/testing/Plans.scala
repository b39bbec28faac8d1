package layertap.testing

import java.util.{List => JavaList}
import layertap.graph.NodeDefs
import layertap.graph.TensorId
import layertap.graph.TensorShape
import layertap.plan.ExtractionPlan
import layertap.plan.ExtractionPlan.BatchRule
import layertap.extract.FeatureExtractor
import layertap.input.feed.PlannedFeed
import layertap.input.feed.FeedConversion
import layertap.input.value.NamedFiles
import layertap.model.feature.FeatureOptions
import layertap.model.feature.FeatureOps
import layertap.model.select.SelectorParser.At
import layertap.model.feed.FeedPlaceholder
import layertap.model.select.FeedTarget
import layertap.model.feed.FixedBatch
import layertap.model.select.Selector
import layertap.model.select.SelectorParser
import layertap.model.select.Tap
import layertap.model.cut.CutTap
import layertap.model.cut.RunnableGraph
import layertap.model.cut.ModelCutter
import layertap.plan.precision.Precision
import layertap.tensorflow.ShapeProbe
import layertap.tensorflow.TensorFlowRuntime
import layertap.tensorflow.TensorFlowSessions
import org.tensorflow.proto.DataType
import scala.jdk.CollectionConverters._

/** Plans of extractions, without Spark and configuration. */
object Plans {
  val anyTensor: FeedConversion = new FeedConversion.Tensor(TensorShape.unknown)

  def shape(sizes: Long*): TensorShape =
    TensorShape.of(sizes.map(size => size: java.lang.Long).asJava)

  /** Plain features of a stored model whose inputs are fed from columns of the same names. */
  def of(
      model: String,
      layers: Seq[String],
      conversion: FeedConversion = anyTensor,
      form: FeatureOptions = FeatureOptions.PLAIN,
      batchSize: Int = 8
  ): ExtractionPlan =
    selecting(
      model,
      layers.map(SelectorParser.parse(_, At.OUTPUT)),
      conversion,
      form,
      batchSize
    )

  /** The same for selectors of any kind. */
  def selecting(
      model: String,
      selectors: Seq[Selector],
      conversion: FeedConversion = anyTensor,
      form: FeatureOptions = FeatureOptions.PLAIN,
      batchSize: Int = 8
  ): ExtractionPlan = {
    val source = TestData.load(model)
    val cutter = new ModelCutter(source)
    val points = source.signature.inputs.keySet.asScala.toSeq.map { input =>
      cutter.feed(new FeedTarget.Input(input)) -> input
    }
    selectors.foreach(cutter.tap(_))
    TensorFlowRuntime.start(1)
    val cut = ShapeProbe.infer(cutter.build())
    val needed = points.filter { case (point, _) => cut.feeds.contains(point) }
    plan(
      cut,
      needed.map { case (point, column) =>
        PlannedFeed.of(point, JavaList.of(column), conversion)
      },
      form,
      batchSize
    )
  }

  /** All taps of a model as features. */
  def plan(
      model: RunnableGraph,
      feeds: Seq[PlannedFeed],
      form: FeatureOptions = FeatureOptions.PLAIN,
      batchSize: Int = 8
  ): ExtractionPlan = {
    val featureOps = new FeatureOps(FixedBatch.NONE)
    val features =
      model.taps.asScala
        .map(point => featureOps.add(point.tap.columnName, point, form, JavaList.of()))
        .toSeq
    new ExtractionPlan(
      model.`with`(featureOps.nodes),
      feeds.asJava,
      features.asJava,
      JavaList.of(),
      batchSize,
      BatchRule.CONFIGURED,
      false /* what is not finite is a value too */,
      Precision.FLOAT32
    )
  }

  /** Opens what a plan needs from the files of a stored model. */
  def open(plan: ExtractionPlan, model: String): FeatureExtractor = {
    TensorFlowRuntime.start(1)
    FeatureExtractor.open(plan, new TensorFlowSessions, TestData.files(model), NamedFiles.NONE)
  }

  /** {{{ids (?, 2) int32 ─▶ GatherV2 of ten values ─▶ looked_up (?, 2) float32}}}
    *
    * An id outside of 0 to 9 makes the whole batch fail.
    */
  val lookup: RunnableGraph = {
    val nodes = new NodeDefs("")
    val ids = nodes
      .node("Placeholder", "ids")
      .attribute("dtype", DataType.DT_INT32)
      .attribute("shape", shape(-1, 2))
      .add()
    val table = nodes.vector("table", (0 until 10).map(_ * 1.5f): _*)
    val found = nodes
      .node("GatherV2", "looked_up", table, ids, nodes.scalar("axis", 0))
      .attribute("Tparams", DataType.DT_FLOAT)
      .attribute("Tindices", DataType.DT_INT32)
      .attribute("Taxis", DataType.DT_INT32)
      .add()
    model(nodes, point(ids, DataType.DT_INT32, shape(-1, 2)), found, shape(-1, 2))
  }

  def point(placeholder: TensorId, dtype: DataType, shape: TensorShape): FeedPlaceholder =
    new FeedPlaceholder(new FeedTarget.Input(placeholder.node), placeholder, dtype, shape)

  /** A model of one feed and one tap. */
  def model(
      nodes: NodeDefs,
      feed: FeedPlaceholder,
      tapped: TensorId,
      shape: TensorShape,
      dtype: DataType = DataType.DT_FLOAT
  ): RunnableGraph = {
    val tap = new Tap(tapped.node, tapped.node, tapped, tapped.node)
    val taps = JavaList.of(new CutTap(tap, tapped, dtype, shape))
    new RunnableGraph(
      nodes.toGraph,
      JavaList.of(),
      JavaList.of(feed),
      taps,
      JavaList.of(),
      JavaList.of()
    )
  }
}

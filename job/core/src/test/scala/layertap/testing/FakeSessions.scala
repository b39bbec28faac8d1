package layertap.testing

import java.util.concurrent.atomic.AtomicInteger
import java.util.{List => JavaList, Map => JavaMap}
import layertap.extract.FeatureExtractor
import layertap.failure.RefusedValuesException
import layertap.graph.{NodeDefs, TensorId}
import layertap.inference.{
  InferenceSession,
  KernelSession,
  SessionFactory,
  TimeLimit,
  TimeLimitException
}
import layertap.input.feed.{PlannedFeed, FeedConversion}
import layertap.input.value.NamedFiles
import layertap.model.cut.RunnableGraph
import layertap.model.saved.ModelFiles
import layertap.plan.ExtractionPlan
import layertap.plan.ExtractionPlan.BatchRule
import layertap.tensor.HostTensor
import org.tensorflow.proto.{DataType, GraphDef}
import scala.jdk.CollectionConverters._

/** Sessions without natives: each row (?, 2) of floats becomes its sum (?, 1); a row with a
  * negative value is refused, as an op would, with the whole batch. A row whose second value is
  * beyond a thousand takes so many seconds.
  *
  * @param lostRows
  *   of each batch, as of a tensor that mixes rows
  */
final class FakeSessions(lostRows: Int = 0) extends SessionFactory {

  /** Sizes of the batches that ran, refused ones too. */
  @volatile var batches: Seq[Int] = Seq()

  /** How long each of them could take. */
  @volatile var limits: Seq[TimeLimit] = Seq()

  private val opened = new AtomicInteger
  private val closed = new AtomicInteger

  def openings: Int = opened.get

  /** How many sessions are open now. */
  def openNow: Int = opened.get - closed.get

  override def open(model: RunnableGraph, files: ModelFiles): InferenceSession = {
    opened.incrementAndGet()
    new Session
  }

  override def openUnoptimized(model: RunnableGraph, files: ModelFiles): InferenceSession =
    open(model, files)

  override def openKernels(graph: GraphDef, input: TensorId): KernelSession =
    throw new UnsupportedOperationException("tensors need no kernels")

  private final class Session extends InferenceSession {
    @volatile private var isClosed = false

    override def run(
        feeds: JavaMap[TensorId, HostTensor],
        fetches: JavaList[TensorId],
        limit: TimeLimit
    ): JavaList[HostTensor] = {
      require(!isClosed, "the session is closed")
      val rows = feeds.values.asScala.head.values.asInstanceOf[Array[Float]].grouped(2).toSeq
      FakeSessions.this.synchronized {
        batches = batches :+ rows.size
        limits = limits :+ limit
      }
      // Each row takes as many seconds as its second value says, beyond a thousand.
      val seconds = rows.map(row => math.max(0, row(1) - 1000)).sum
      if (!limit.isNone && seconds * 1e9 > limit.nanos) throw new TimeLimitException(limit)
      rows.flatten.find(_ < 0).foreach { value =>
        throw new RefusedValuesException(new IllegalArgumentException(s"$value is negative"))
      }
      val sums = rows.map(_.sum).drop(lostRows).toArray
      require(!isClosed, "the session was closed while it ran")
      fetches.asScala.map(_ => HostTensor.of(Array[Long](sums.length, 1), sums)).asJava
    }

    override def close(): Unit = {
      require(!isClosed, "closed twice")
      isClosed = true
      closed.incrementAndGet()
    }
  }
}

object FakeSessions {

  /** A plan for these sessions, whose graph nobody runs: `x (?, 2) ─▶ sum (?, 1)`. */
  def plan(batchSize: Int, isBatchFixed: Boolean = false): ExtractionPlan = {
    val nodes = new NodeDefs("")
    val float = DataType.DT_FLOAT
    val shape = Plans.shape(-1, 2)
    val x = nodes.node("Placeholder", "x").attribute("dtype", float).attribute("shape", shape).add()
    val model =
      Plans.model(nodes, Plans.point(x, float, shape), new TensorId("sum", 0), Plans.shape(-1, 1))
    val feed = PlannedFeed.of(
      model.feeds.get(0),
      JavaList.of("x"),
      new FeedConversion.Tensor(Plans.shape(2))
    )
    val any = Plans.plan(model, Seq(feed), batchSize = batchSize)
    new ExtractionPlan(
      any.model,
      any.feeds,
      any.features,
      any.lengths,
      batchSize,
      if (isBatchFixed) BatchRule.MODEL else BatchRule.CONFIGURED,
      false,
      any.precision
    )
  }

  def open(plan: ExtractionPlan, sessions: FakeSessions): FeatureExtractor =
    FeatureExtractor.open(plan, sessions, MemoryFiles.of(), NamedFiles.NONE)
}

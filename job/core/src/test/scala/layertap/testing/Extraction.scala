package layertap.testing

import java.nio.file.Path
import layertap.extract.FeatureExtractor
import layertap.graph.TensorId
import layertap.graph.detour.{Detours, FedNumbers}
import layertap.model.layers.keras.TopologyFile
import layertap.model.feed.FeedPlaceholder
import layertap.model.select.FeedTarget
import layertap.model.select.Selector
import layertap.model.select.Tap
import layertap.model.saved.LocalModelFiles
import layertap.failure.UserException
import layertap.model.saved.ModelFiles
import layertap.model.LoadedModel
import layertap.model.cut.RunnableGraph
import layertap.model.cut.ModelCutter
import layertap.tensor.HalfFloats
import layertap.tensor.HostTensor
import layertap.tensorflow.TensorFlowRuntime
import layertap.tensorflow.GraphSession
import org.tensorflow.proto.DataType
import scala.jdk.CollectionConverters._
import scala.util.hashing.MurmurHash3
import scala.util.{Failure, Success, Try}

/** What comes out of a model for stored inputs. */
object Extraction {

  /** A selector's answer and the value that was extracted for it. */
  final case class Compared(
      answer: Answer,
      tap: Tap,
      difference: Double,
      shape: Seq[Long],
      values: Array[Double]
  ) {
    def isEqual: Boolean = difference <= answer.bound
  }

  /** All answers of a model, compared; those whose selectors were refused, with the reason. */
  final case class Outcome(
      model: LoadedModel,
      compared: Seq[Compared],
      refused: Seq[(Answer, String)]
  ) {
    def worst: Option[Compared] = compared.maxByOption(_.difference)
  }

  /** Taps everything that the answers name in one run and compares. */
  def compare(path: Path, topology: Option[TopologyFile] = None): Outcome =
    compare(StoredAnswers.of(path, asListed = topology.isDefined), path, topology, identity)

  /** The same with a graph that was rewritten for speed, of each so many answers from the first. */
  def compareOptimized(path: Path, first: Int, spacing: Int): Outcome = {
    compare(every(path, first, spacing), path, None, optimized)
  }

  private def every(path: Path, first: Int, spacing: Int): StoredAnswers = {
    val stored = StoredAnswers.of(path)
    val chosen = stored.answers.zipWithIndex.collect {
      case (answer, i) if i % spacing == first => answer
    }
    stored.copy(answers = chosen)
  }

  /** The same with a graph that was rewritten for speed and computes products in bfloat16. */
  def compareBFloat16(path: Path, first: Int, spacing: Int): Outcome =
    compare(every(path, first, spacing), path, None, cut => inBFloat16(optimized(cut)))

  /** The model cut at its last answer. */
  def cut(path: Path): RunnableGraph = {
    val stored = StoredAnswers.of(path)
    val cutter = new ModelCutter(TestData.load(new LocalModelFiles(path), None))
    stored.inputs.keys.foreach(key => cutter.feed(new FeedTarget.Input(key)))
    cutter.tap(stored.answers.last.selector)
    cutter.build()
  }

  def inBFloat16(cut: RunnableGraph): RunnableGraph = cut.inBFloat16(java.util.List.of())

  /** Whether there is something to rewrite before the last answer. */
  def isOptimized(path: Path): Boolean = {
    val stored = StoredAnswers.of(path)
    var isChanged = false
    compare(
      stored.copy(answers = stored.answers.takeRight(1)),
      path,
      None,
      cut => {
        isChanged = optimized(cut) ne cut
        cut
      }
    )
    isChanged
  }

  private def optimized(cut: RunnableGraph): RunnableGraph =
    cut.optimized(java.util.List.of(), FedNumbers.SEEN, java.util.List.of())

  private def compare(
      stored: StoredAnswers,
      path: Path,
      topology: Option[TopologyFile],
      rewrite: RunnableGraph => RunnableGraph
  ): Outcome = {
    val files = new LocalModelFiles(path)
    val model = TestData.load(files, topology)
    val cutter = new ModelCutter(model)
    val feeds = stored.inputs.map { case (key, array) =>
      val target = new FeedTarget.Input(key)
      val isSwitch = array.shape.isEmpty
      val point = if (isSwitch) cutter.feedConstant(target) else cutter.feed(target)
      if (isSwitch) cutter.fix(point, toTensor(array).toProto)
      point -> array
    }
    val resolved = stored.answers.map(answer => answer -> tap(cutter, answer.selector))
    val taps = resolved.collect { case (answer, Success(tap)) => answer -> tap }
    val values: Map[Tap, Seq[HostTensor]] =
      if (taps.isEmpty) Map() else run(rewrite(cutter.build()), files, feeds)
    val rows = stored.inputs.values.flatMap(_.shape.headOption).headOption
    val (split, unsplit) = taps.partition { case (answer, tap) =>
      val shape = values(tap).head.shape.toSeq
      shape == answer.shape || rows.forall(shape.headOption.contains(_))
    }
    Outcome(
      model,
      split.flatMap { case (answer, tap) => values(tap).map(compared(answer, tap, _)) },
      resolved.collect { case (answer, Failure(e)) => answer -> e.getMessage } ++
        unsplit.map { case (answer, tap) =>
          answer -> unsplittable(values(tap).head, rows.get, tap)
        }
    )
  }

  /** Why a job refuses what has not a row for each row. */
  private def unsplittable(value: HostTensor, rows: Long, tap: Tap): String =
    Try(FeatureExtractor.requireBatch(value, rows.toInt, tap.tensor)) match {
      case Failure(e: UserException) => e.getMessage
      case other                     => throw new IllegalStateException(s"not refused: $other")
    }

  private def tap(cutter: ModelCutter, selector: Selector): Try[Tap] =
    Try(cutter.tap(selector)) match {
      case Success(taps)             => Success(taps.get(0))
      case Failure(e: UserException) => Failure(e)
      case Failure(e)                => throw e
    }

  /** The values of all taps, in one run, and those by detours, if there are any. */
  private def run(
      cut: RunnableGraph,
      files: ModelFiles,
      feeds: Map[FeedPlaceholder, NumpyArray]
  ): Map[Tap, Seq[HostTensor]] = {
    TensorFlowRuntime.start(1)
    val session = GraphSession.open(cut, files)
    try {
      val fed = feeds.collect {
        case (point, array) if cut.feeds.contains(point) => point.placeholder -> toTensor(array)
      }
      val taps = cut.taps.asScala.toSeq
      val fetches = taps.map(_.fetch).distinct.asJava
      val ways = Seq(fetches, new Detours(cut.graph).to(fetches)).distinct
      val values = ways.map { way =>
        fetches.asScala.zip(session.run(fed.asJava, way).asScala).toMap
      }
      taps.map(point => point.tap -> values.map(_(point.fetch))).toMap
    } finally session.close()
  }

  private def compared(answer: Answer, tap: Tap, value: HostTensor): Compared = {
    val shape = value.shape.toSeq
    val difference =
      if (shape == answer.shape) answer.difference(doubles(value)) else Double.PositiveInfinity
    Compared(answer, tap, difference, shape, doubles(value))
  }

  def doubles(tensor: HostTensor): Array[Double] = tensor.values match {
    case bits: Array[Short] if tensor.dtype == DataType.DT_HALF =>
      bits.map(HalfFloats.halfToFloat(_).toDouble)
    case bits: Array[Short]     => bits.map(HalfFloats.bfloat16ToFloat(_).toDouble)
    case values: Array[Byte]    => values.map(value => (value & 0xff).toDouble)
    case values: Array[Float]   => values.map(_.toDouble)
    case values: Array[Double]  => values
    case values: Array[Int]     => values.map(_.toDouble)
    case values: Array[Long]    => values.map(_.toDouble)
    case values: Array[Boolean] => values.map(if (_) 1.0 else 0.0)
    // Equal texts, equal numbers.
    case texts: Array[Array[Byte]] => texts.map(text => MurmurHash3.bytesHash(text).toDouble)
  }

  def toTensor(array: NumpyArray): HostTensor = {
    val shape = array.shape.toArray
    array.dtype match {
      case "<f4" => HostTensor.of(shape, array.floats)
      case "<f8" => HostTensor.of(DataType.DT_DOUBLE, shape, array.values)
      case "<i4" => HostTensor.of(DataType.DT_INT32, shape, array.values.map(_.toInt))
      case "|u1" => HostTensor.of(DataType.DT_UINT8, shape, array.values.map(_.toByte))
      case "|b1" => HostTensor.of(DataType.DT_BOOL, shape, array.values.map(_ != 0))
      case "<i8" => HostTensor.of(DataType.DT_INT64, shape, array.values.map(_.toLong))
    }
  }
}

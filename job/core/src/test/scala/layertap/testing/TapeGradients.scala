package layertap.testing

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.file.{Files, Path}
import layertap.failure.UserException
import layertap.graph.{NodeDefs, TensorId}
import layertap.graph.differentiate.{DifferentiableGraph, UnrolledGraph}
import layertap.model.cut.{CutTap, ModelCutter, RunnableGraph}
import layertap.model.feed.FeedPlaceholder
import layertap.model.gradient.GradientRequest
import layertap.model.saved.LocalModelFiles
import layertap.model.select.{FeedTarget, Selector, SelectorParser}
import layertap.model.select.SelectorParser.At
import layertap.tensor.HostTensor
import layertap.tensorflow.{GradientBuilder, GraphSession, NativeShapes, TensorFlowRuntime}
import org.tensorflow.proto.{DataType, NodeDef}
import scala.jdk.CollectionConverters._
import scala.util.{Failure, Success, Try}

/** The derivatives of a score by layers' outputs that `gradient_answers.py` stores beside a model,
  * and those that TensorFlow adds to the graph that was made differentiable.
  */
object TapeGradients {

  /** One stored derivative: the largest difference to it, or why it is not computed. */
  final case class Compared(wrt: String, bound: Double, result: Either[String, Double]) {
    def isEqual: Boolean = result.exists(_ <= bound)
  }

  /** A derivative that Keras gives and the job refuses, with its message. */
  final case class Refused(wrt: String, message: String)

  /** What was compared, what is refused although Keras gives it, and the layers that the export
    * does not show.
    */
  final case class Outcome(
      compared: Seq[Compared],
      refused: Seq[Refused],
      unseen: Seq[Refused],
      isJoined: Boolean,
      warnings: Seq[String]
  ) {
    def worst: Option[Compared] =
      compared.filter(_.result.isRight).maxByOption(_.result.toOption.get)
  }

  private final case class Stored(
      wrt: String,
      selector: Selector,
      isReached: Boolean,
      answer: Option[JsonNode]
  )

  def isStored(model: Path): Boolean = Files.exists(sibling(model, ".json"))

  private def sibling(model: Path, suffix: String): Path =
    model.resolveSibling(s"${model.getFileName}.gradients.answers$suffix")

  /** Computes all derivatives in one pass that are not refused alone, and tries those that no
    * gradient reaches one by one.
    */
  def compare(path: Path): Outcome = {
    TensorFlowRuntime.start(1)
    val json = new ObjectMapper().readTree(sibling(path, ".json").toFile)
    val arrays = Npz.read(sibling(path, ".npz"))
    val stored = json.get("gradients").asScala.toSeq.map { entry =>
      val isReached = entry.get("reached").asBoolean
      val wrt = entry.get("wrt")
      val name = if (wrt.isTextual) wrt.asText else wrt.toString
      Stored(name, StoredAnswers.selector(wrt), isReached, Option.when(isReached)(entry))
    }
    val files = new LocalModelFiles(path)
    val model = TestData.load(files, StoredAnswers.topology(path))
    val cutter = new ModelCutter(model)
    val feeds = StoredAnswers.of(path).inputs.map { case (key, array) =>
      cutter.feed(new FeedTarget.Input(key)) -> Extraction.toTensor(array)
    }
    // Of older answers it is what the layer gives.
    val at = Option(json.get("at")).fold(At.OUTPUT)(each => SelectorParser.parseAt(each.asText))
    val scores =
      if (json.get("of").isTextual) SelectorParser.parse(json.get("of").asText, at)
      else StoredAnswers.selector(json.get("of"))
    val of = cutter.tapGradient(scores, java.util.List.of()).get(0)
    val taps = stored.map { each =>
      each -> Try(cutter.tapGradient(scores, java.util.List.of(each.selector)).get(1))
    }
    val cut = cutter.build()
    val unseen = taps.collect { case (each, Failure(e)) => Refused(each.wrt, e.getMessage) }
    def cutTap(wrt: layertap.model.select.Tap): TensorId =
      cut.taps.asScala.find(_.tap == wrt).get.computed
    val found = taps.collect { case (each, Success(t)) => each -> cutTap(t) }
    val (shown, others) = found.partition(_._1.isReached)
    val (reached, refused) = allowed(cut, cutTap(of), shown)
    val depth = stored.flatMap(_.answer).headOption.fold(0)(_.get("depth").asInt)
    // Where Keras' own float32 is further from float64 than that, twice its distance.
    val rounding = Option(json.get("rounding")).fold(0.0)(_.asDouble)
    val bound = math.max(if (depth > 50) 1e-4 else 1e-5, 2 * rounding)
    val weights = json.get("weights").asScala.toSeq.map(_.floatValue)
    val (values, warnings) =
      if (reached.isEmpty) (Nil, Nil)
      else derivatives(cut, files, feeds, cutTap(of), reached.map(_._2), weights)
    val equal = reached.zip(values).map { case ((each, _), value) =>
      val answer = each.answer.get
      Compared(each.wrt, bound, difference(answer, arrays, value))
    }
    val notReached = others.map { case (each, tensor) =>
      val isRefused = refusal(cut, cutTap(of), Seq(tensor)).isDefined
      Compared(
        each.wrt,
        bound,
        if (isRefused) Right(0.0) else Left("a gradient where Keras has none")
      )
    }
    Outcome(equal ++ notReached, refused, unseen, model.layers.hasConnections, warnings)
  }

  /** Those that are not refused, and the others. */
  private def allowed(
      cut: RunnableGraph,
      of: TensorId,
      stored: Seq[(Stored, TensorId)]
  ): (Seq[(Stored, TensorId)], Seq[Refused]) =
    if (stored.isEmpty || refusal(cut, of, stored.map(_._2)).isEmpty) (stored, Nil)
    else {
      val tried = stored.map(each => each -> refusal(cut, of, Seq(each._2)))
      val left = tried.collect { case (each, None) => each }
      val refused = tried.collect { case ((each, _), Some(message)) => Refused(each.wrt, message) }
      (left, refused)
    }

  private def refusal(cut: RunnableGraph, of: TensorId, wrt: Seq[TensorId]): Option[String] =
    Try(differentiable(cut, of, wrt)) match {
      case Success(_)                => None
      case Failure(e: UserException) => Some(e.getMessage)
      case Failure(e)                => throw e
    }

  private def difference(
      answer: JsonNode,
      arrays: Map[String, NumpyArray],
      value: HostTensor
  ): Either[String, Double] = {
    val shape = answer.get("shape").asScala.toSeq.map(_.asLong)
    if (value.shape.toSeq != shape) Left(s"shape ${value.shape.toSeq}, not $shape")
    else {
      val stride = answer.get("stride").asInt
      val sample = arrays(answer.get("array").asText).values
      val own = Extraction.doubles(value)
      val differences = sample.indices.map(i => math.abs(own(i * stride) - sample(i)))
      val largest = differences.map(d => if (d.isNaN) Double.PositiveInfinity else d).maxOption
      Right(largest.getOrElse(0.0) / math.max(answer.get("max_abs").asDouble, 1e-30))
    }
  }

  def differentiable(
      cut: RunnableGraph,
      of: TensorId,
      wrt: Seq[TensorId]
  ): (UnrolledGraph, DifferentiableGraph) = {
    val shapes = new NativeShapes(cut)
    val unrolled = UnrolledGraph.of(cut.graph).unrolled(java.util.List.of(of), wrt.asJava, shapes)
    unrolled -> DifferentiableGraph.of(unrolled, java.util.List.of(of), wrt.asJava, shapes)
  }

  private def derivatives(
      cut: RunnableGraph,
      files: LocalModelFiles,
      feeds: Map[FeedPlaceholder, HostTensor],
      of: TensorId,
      wrt: Seq[TensorId],
      weights: Seq[Float]
  ): (Seq[HostTensor], Seq[String]) = {
    val (unrolled, graph) = differentiable(cut, of, wrt)
    val dtype = cut.taps.asScala.find(_.computed == of).get.dtype
    val (seed, nodes) = seedOf(unrolled.tensor(of), dtype, weights)
    val scored = cut.`with`(graph.graph).`with`(nodes.asJava)
    val request = new GradientRequest("tape", graph.of.get(0), seed, graph.wrt)
    val pass = GradientBuilder.add(scored, java.util.List.of(request))
    val whole = cut.`with`(unrolled.graph).`with`(nodes.asJava)
    val session = GraphSession.open(whole.`with`(graph.moved(pass.nodes)), files)
    try {
      val fed = feeds.collect {
        case (point, tensor) if cut.feeds.contains(point) => point.placeholder -> tensor
      }
      val fetches = pass.gradients.get(0).asScala.map(graph.original).asJava
      val distinct = fetches.asScala.distinct
      val values = distinct.zip(session.run(fed.asJava, distinct.asJava).asScala).toMap
      (fetches.asScala.map(values).toSeq, unrolled.warnings.asScala.toSeq)
    } finally session.close()
  }

  /** The weights of the scores, for each row. */
  private def seedOf(
      score: TensorId,
      dtype: DataType,
      weights: Seq[Float]
  ): (TensorId, Seq[NodeDef]) = {
    val nodes = new NodeDefs("tape_seed/")
    val ones = nodes.node("OnesLike", "ones", score).attribute("T", dtype).add()
    val vector = nodes.vector("weights", weights: _*)
    val cast = nodes.cast("weights_cast", vector, DataType.DT_FLOAT, dtype)
    val seed = nodes.node("Mul", "seed", ones, cast).attribute("T", dtype).add()
    (seed, nodes.nodes.asScala.toSeq)
  }
}

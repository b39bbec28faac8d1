package layertap.cli.inspect

import layertap.cli.inspect.LayerListing.Line
import layertap.model.select.SelectorParser.At
import layertap.model.select.SelectorParser
import layertap.failure.UserException
import layertap.model.LoadedModel
import layertap.model.cut.ModelCutter
import layertap.testing.Answer
import scala.jdk.CollectionConverters._

/** What `inspect` prints of a model's layers, held against a model's answers. */
object InspectedLayers {

  /** What is wrong; empty if a printed selector names the printed tensor, and indexes, shapes and
    * parameters are Keras' own where the list of layers is known.
    */
  def problems(model: LoadedModel, answers: Seq[Answer]): Seq[String] = {
    val lines = new LayerListing(model).lines("").asScala.toSeq
    lines.filter(_.tensor.nonEmpty).flatMap(line => resolve(model, line)) ++
      lines.flatMap(_.states.asScala).distinct.flatMap(state => resolveState(model, state)) ++
      (if (model.layers.hasConnections) order(lines) ++ missing(lines, answers) else Nil) ++
      (if (model.layers.listedBy.isPresent) answers.flatMap(compare(model, lines, _)) else Nil)
  }

  /** A list that is known is Keras' list, no more and no less. */
  private def missing(lines: Seq[Line], answers: Seq[Answer]): Seq[String] = {
    val listed = answers
      .filter(_.index.nonEmpty)
      .distinctBy(_.index)
      .map(answer => answer.index.get -> topLayer(answer.name))
    val shown =
      lines.filter(_.index >= 0).map(line => line.index -> topLayer(line.selector)).distinct
    Option
      .when(listed.nonEmpty && shown.toSet != listed.toSet)(
        s"inspect: lists ${shown.diff(listed)} and lacks ${listed.diff(shown)}"
      )
      .toSeq
  }

  /** Without the number of a call, an output or a side. */
  private def topLayer(selector: String): String =
    selector.split(" ").head.split("@").head.split(":").head

  private def resolve(model: LoadedModel, line: Line): Option[String] =
    try {
      val taps = new ModelCutter(model).tap(SelectorParser.parse(line.selector, At.OUTPUT))
      val tensors = taps.asScala.map(_.tensor.toString).toSeq
      Option.when(tensors != Seq(line.tensor))(
        s"inspect: ${line.selector} is ${line.tensor}, but names $tensors"
      )
    } catch {
      case e: UserException => Some(s"inspect: ${line.selector} is refused: ${e.getMessage}")
    }

  private def isOfSteps(model: LoadedModel, line: Line): Boolean =
    new ModelCutter(model)
      .tap(SelectorParser.parse(line.selector, At.OUTPUT))
      .asScala
      .exists(_.distributed != null)

  private def resolveState(model: LoadedModel, state: String): Option[String] =
    try {
      new ModelCutter(model).tap(SelectorParser.parse(state, At.OUTPUT))
      None
    } catch {
      case e: UserException => Some(s"inspect: $state is refused: ${e.getMessage}")
    }

  private def order(lines: Seq[Line]): Seq[String] = {
    val indexes = lines.map(_.index).filter(_ >= 0)
    Option.when(indexes != indexes.sorted)("inspect: layers are not in Keras' order").toSeq
  }

  private def compare(model: LoadedModel, lines: Seq[Line], answer: Answer): Seq[String] =
    lines.filter(_.selector == answer.name).take(1).flatMap { line =>
      val shape = """\d+|\?""".r.findAllIn(line.output).toSeq
      // The tensors of layers inside a TimeDistributed layer have rows and steps as one axis.
      val isDistributed = line.tensor.nonEmpty && answer.shape.size == shape.size + 1 &&
        isOfSteps(model, line)
      val expected = if (isDistributed) answer.shape.tail else answer.shape
      val sameShape = line.tensor.isEmpty || shape.isEmpty || (shape.size == expected.size &&
        shape.zip(expected).forall { case (told, size) => told == "?" || told == s"$size" })
      val isUnlisted = !model.layers.hasConnections && line.index < 0
      val sameIndex = answer.index.forall(_ == line.index) || isUnlisted
      val sameParameters = line.parameters.stream
        .allMatch(count => count == answer.parameters || (isUnlisted && count == 0))
      Seq(
        Option.when(!sameShape)(s"shape ${line.output}, not ${answer.shape}"),
        Option.when(!sameIndex)(s"index ${line.index}, not ${answer.index}"),
        Option.when(!sameParameters)(s"${line.parameters} parameters, not ${answer.parameters}")
      ).flatten.map(problem => s"inspect: ${answer.name} has $problem")
    }
}

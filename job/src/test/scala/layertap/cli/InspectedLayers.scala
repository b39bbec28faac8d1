package layertap.cli

import layertap.cli.LayerListing.Line
import layertap.model.select.SelectorParser.At
import layertap.model.select.SelectorParser
import layertap.model.{ModelException, SourceModel, Truncation}
import layertap.testing.Answer
import scala.jdk.CollectionConverters._

/** What `inspect` prints of a model's layers, held against a model's answers. */
object InspectedLayers {

  /** What is wrong; empty if a printed selector names the printed tensor, and indexes, shapes and
    * parameters are Keras' own where the list of layers is known.
    */
  def problems(model: SourceModel, answers: Seq[Answer]): Seq[String] = {
    val lines = new LayerListing(model).lines("").asScala.toSeq
    lines.filter(_.tensor.nonEmpty).flatMap(line => resolve(model, line)) ++
      (if (model.layers.isJoined) order(lines) ++ answers.flatMap(compare(model, lines, _))
       else Nil)
  }

  private def resolve(model: SourceModel, line: Line): Option[String] =
    try {
      val taps = new Truncation(model).tap(SelectorParser.parse(line.selector, At.OUTPUT))
      val tensors = taps.asScala.map(_.tensor.toString).toSeq
      Option.when(tensors != Seq(line.tensor))(
        s"inspect: ${line.selector} is ${line.tensor}, but names $tensors"
      )
    } catch {
      case e: ModelException => Some(s"inspect: ${line.selector} is refused: ${e.getMessage}")
    }

  private def order(lines: Seq[Line]): Seq[String] = {
    val indexes = lines.map(_.index).filter(_ >= 0)
    Option.when(indexes != indexes.sorted)("inspect: layers are not in Keras' order").toSeq
  }

  private def compare(model: SourceModel, lines: Seq[Line], answer: Answer): Seq[String] =
    lines.filter(_.selector == answer.name).take(1).flatMap { line =>
      val shape = """\d+|\?""".r.findAllIn(line.output).toSeq
      val sameShape = shape.isEmpty || (shape.size == answer.shape.size &&
        shape.zip(answer.shape).forall { case (told, size) => told == "?" || told == s"$size" })
      val sameIndex = answer.index.forall(_ == line.index)
      val told = line.parameters.toLongOption
      // Of a Keras 3 export nothing tells of variables that inference does not read.
      val sameParameters = answer.index.isEmpty || told.forall(count =>
        if (model.layers.listedBy.get == "keras_metadata.pb") count == answer.parameters
        else count <= answer.parameters
      )
      Seq(
        Option.when(!sameShape)(s"shape ${line.output}, not ${answer.shape}"),
        Option.when(!sameIndex)(s"index ${line.index}, not ${answer.index}"),
        Option.when(!sameParameters)(s"${line.parameters} parameters, not ${answer.parameters}")
      ).flatten.map(problem => s"inspect: ${answer.name} has $problem")
    }
}

package layertap.testing

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.Path
import scala.jdk.CollectionConverters._

/** A derivative, or map, for both stored inputs of a model, as tf.GradientTape gives it.
  *
  * @param setting
  *   of the feature, in the words of the configuration; a class in the column `label` is 3, then 7
  */
final case class TapeAnswer(
    setting: String,
    sample: Seq[Double],
    stride: Int,
    largest: Double
) {

  /** The largest difference to the values of both inputs, relative to the largest value. */
  def difference(values: Seq[Double]): Double = {
    val own = values.indices.by(stride).map(values)
    require(own.size == sample.size, setting)
    own.zip(sample).map { case (a, b) => math.abs(a - b) }.max / largest
  }
}

object TapeAnswers {
  private val folder = Path.of("test-data/models")
  private lazy val arrays = Npz.read(folder.resolve("gradients.answers.npz"))
  private lazy val listed = new ObjectMapper()
    .readTree(folder.resolve("gradients.answers.json").toFile)
    .get("answers")
    .asScala
    .toSeq

  /** Those of one model. */
  def of(model: String): Seq[TapeAnswer] =
    listed.filter(_.get("model").asText == model).map { answer =>
      TapeAnswer(
        answer.get("setting").asText,
        arrays(answer.get("array").asText).values.toSeq,
        answer.get("stride").asInt,
        answer.get("max_abs").asDouble
      )
    }
}

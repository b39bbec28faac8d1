package layertap.model.gradient

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.Path
import layertap.testing.{Extraction, GradientJob, Npz, StoredAnswers}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Derivatives beside those of tf.GradientTape on the original models. */
class GradientAnswersTest extends AnyFunSuite {
  private val models = Path.of("test-data/models")

  /** Of the largest value. */
  private val tolerance = 1e-5

  private val answers =
    new ObjectMapper()
      .readTree(models.resolve("gradients.answers.json").toFile)
      .get("answers")
      .asScala
      .toSeq
  private val arrays = Npz.read(models.resolve("gradients.answers.npz"))

  private def planned(model: String, settings: Seq[String], more: String) = {
    val features = settings.zipWithIndex.map { case (setting, i) => s"{ $setting, column = g$i }" }
    GradientJob.planned(
      s"""model.path = $models/$model
         |feeds = [ { input = image, column = image, tensor { shape = [28, 28, 1] } } ]
         |features = [ conv1, ${features.mkString(", ")}, predictions ]
         |$more""".stripMargin
    )
  }

  answers.groupBy(_.get("model").asText).toSeq.sortBy(_._1).foreach { case (model, ofModel) =>
    // Each model takes one of the ways, so that both are seen in half the time.
    Seq(if (model.endsWith("keras2")) "fast" else "exact").foreach { optimize =>
      test(s"$model, $optimize: all derivatives in one pass, beside plain taps") {
        val plan = planned(model, ofModel.map(_.get("setting").asText), s"run.optimize = $optimize")
        val images = StoredAnswers.of(models.resolve(model)).inputs.values.head
        val rows = GradientJob.run(
          plan,
          s"$models/$model",
          Seq(Seq(GradientJob.row(images, 0), 3), Seq(GradientJob.row(images, 1), 7))
        )
        assert(rows.map(_.error) === Seq("", ""))
        ofModel.zipWithIndex.foreach { case (answer, i) =>
          val found = GradientJob.difference(
            answer,
            arrays,
            rows.map(row => Extraction.doubles(row.features.get(i + 1)))
          )
          assert(found < tolerance, answer.get("setting").asText)
        }
      }
    }
  }
}

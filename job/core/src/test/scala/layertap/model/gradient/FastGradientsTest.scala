package layertap.model.gradient

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.file.Path
import layertap.plan.PlanBuilder
import layertap.testing.{Extraction, GradientJob, Npz, StoredAnswers}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** With `run.optimize = fast` what comes before a derivative's tensors is rewritten for speed,
  * where nothing on the way to the score has a kink: the answers stay those of tf.GradientTape.
  */
class FastGradientsTest extends AnyFunSuite {
  private val models = Path.of("test-data/models")

  private val mobileNet = "mobilenet_v2_keras3"

  private val feeds = Map(
    mobileNet -> "{ input = keras_tensor, column = image, tensor { shape = [96, 96, 3] } }",
    "cnn_functional_keras2" -> "{ input = image, column = image, tensor { shape = [28, 28, 1] } }",
    "cnn_functional_keras3" -> "{ input = image, column = image, tensor { shape = [28, 28, 1] } }"
  )

  private def planned(model: String, features: Seq[String], optimize: String = "fast") =
    GradientJob.planned(
      s"""model.path = $models/$model
         |feeds = [ ${feeds(model)} ]
         |features = [ ${features.mkString(", ")} ]
         |run.optimize = $optimize""".stripMargin
    )

  private def ops(plan: PlanBuilder.Planned): Map[String, String] =
    plan.plan.model.graph.getNodeList.asScala.map(node => node.getName -> node.getOp).toMap

  private def fused(plan: PlanBuilder.Planned): Int = ops(plan).values.count(_ == "_FusedConv2D")

  private def stored(name: String): Seq[JsonNode] =
    new ObjectMapper()
      .readTree(models.resolve(s"$name.answers.json").toFile)
      .get("answers")
      .asScala
      .toSeq

  private def compare(
      answers: String,
      model: String,
      tolerance: Double,
      isWanted: String => Boolean
  )(
      more: String*
  ): PlanBuilder.Planned = {
    val wanted = stored(answers).filter(answer =>
      answer.get("model").asText == model && isWanted(answer.get("setting").asText)
    )
    assert(wanted.nonEmpty)
    val settings = wanted.map(_.get("setting").asText).zipWithIndex.map { case (setting, i) =>
      s"{ $setting, column = g$i }"
    }
    val plan = planned(model, settings ++ more)
    assert(plan.warnings.asScala === Seq())
    val images = StoredAnswers.of(models.resolve(model)).inputs.values.head
    val rows = (0 to 1).map(i => Seq(GradientJob.row(images, i)))
    val found = GradientJob.run(plan, s"$models/$model", rows)
    assert(found.map(_.error) === Seq("", ""))
    val arrays = Npz.read(models.resolve(s"$answers.answers.npz"))
    wanted.zipWithIndex.foreach { case (answer, i) =>
      val own = found.map(row => Extraction.doubles(row.features.get(i)))
      val difference = GradientJob.difference(answer, arrays, own)
      assert(difference < tolerance, answer.get("setting").asText)
    }
    plan
  }

  test(
    "MobileNetV2: a map, a derivative and a plain feature share a way forward that is rewritten"
  ) {
    val plan =
      compare("smooth_gradients", mobileNet, 1e-4, _ => true)("{ layer = out_relu, pool = avg }")
    assert(fused(plan) > 20)
    // From the derivative's tensor on all ops are the model's own.
    val map = "{ grad-cam { of = Conv_1_bn, class = top, wrt = block_16_project_BN }, column = g }"
    val exact = ops(planned(mobileNet, Seq(map), "exact"))
    // Constants go where they are of no use, and what only hands values on.
    val behind = exact.filter { case (name, op) =>
      name.contains("Conv_1") && !Set("Const", "Identity")(op)
    }
    assert(behind.nonEmpty)
    behind.foreach { case (name, op) => assert(ops(plan).get(name).contains(op), name) }
  }

  test("a dense layer behind others: the convolutions before it are rewritten") {
    Seq("cnn_functional_keras2", "cnn_functional_keras3").foreach { model =>
      val plan = compare("gradients", model, 1e-5, _.contains("wrt = dense1"))()
      assert(fused(plan) > 0)
    }
  }

  test("behind an activation with a kink all stays as it is, also for what shares it") {
    val kinked = "{ gradient { of = dense1, class = 2, wrt = conv2 }, column = k }"
    val smooth = "{ gradient { of = predictions, class = 2, wrt = dense1 }, column = s }"
    Seq(Seq(kinked), Seq(smooth, kinked)).foreach { features =>
      val plan = planned("cnn_functional_keras3", features)
      assert(fused(plan) === 0)
    }
    assert(fused(planned("cnn_functional_keras3", Seq(smooth), "exact")) === 0)
    assert(fused(planned("cnn_functional_keras3", Seq(smooth))) > 0)
  }

  test(
    "a derivative that rounding changes too much keeps its way as it is, beside one that does not"
  ) {
    val smooth = "{ gradient { of = predictions, class = 2, wrt = dense1 }, column = s }"
    val plan = planned("cnn_functional_keras3", Seq(smooth, "pool2"))
    assert(plan.isOptimized)
    val exact = plan.exact
    assert(exact.optimized(java.util.List.of(exact.features.get(0))) eq exact)
    assert(exact.optimized(java.util.List.of()) ne exact)
  }
}

package layertap.model.gradient

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import java.nio.file.{Files, Path}
import layertap.failure.UserException
import layertap.plan.PlanBuilder
import layertap.testing.{Extraction, GradientJob, NumpyArray, StoredAnswers}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Maps beside those of tf.GradientTape: of float16, mixed with float32 too, and float64, over
  * sequences; derivatives where an input has one value for all rows; and what is shared with plain
  * features.
  */
class GradientInputsTest extends AnyFunSuite {
  private val nets = Path.of("test-data/gradients")

  private def planned(model: String, feeds: String, features: String, more: String = "") = {
    val file = Path.of(s"$model.topology.json")
    val topology = if (Files.exists(file)) s", topology = $file" else ""
    GradientJob.planned(
      s"""model { path = $model$topology }
         |feeds = [$feeds]
         |features = [$features]
         |$more""".stripMargin
    )
  }

  private val feeds = Map(
    "recurrent" -> ("{ input = words, column = w, tensor {} }, " +
      "{ input = events, column = e, tensor { shape = [6, 3] } }"),
    "half" -> "{ input = image, column = c, tensor { shape = [6, 6, 2] } }",
    "double" -> "{ input = image, column = c, tensor { shape = [6, 6, 2] } }",
    "mixed" -> "{ input = events, column = e, tensor { shape = [6, 3] } }"
  )

  private def columns(model: String): Seq[NumpyArray] = {
    val inputs = StoredAnswers.of(nets.resolve(model)).inputs
    if (model.startsWith("recurrent")) Seq(inputs("words"), inputs("events"))
    else inputs.values.toSeq
  }

  private def row(array: NumpyArray, position: Int): java.util.List[Object] = {
    val size = array.values.length / array.shape.head.toInt
    val own = array.values.slice(position * size, (position + 1) * size).toSeq
    own
      .map { value =>
        if (array.dtype == "<i4") Int.box(value.toInt)
        else if (array.dtype == "<f8") Double.box(value)
        else Float.box(value.toFloat)
      }
      .asJava
      .asInstanceOf[java.util.List[Object]]
  }

  private def values(plan: PlanBuilder.Planned, model: String): Seq[Seq[Array[Double]]] = {
    val arrays = columns(model)
    val rows = (0 to 1).map(i => arrays.map(array => row(array, i)))
    GradientJob.run(plan, nets.resolve(model).toString, rows).map { found =>
      assert(found.error === "")
      found.features.asScala.map(Extraction.doubles).toSeq
    }
  }

  private def numbers(map: JsonNode): Seq[Double] =
    if (map.isArray) map.asScala.toSeq.flatMap(numbers) else Seq(map.asDouble)

  /** Of nets of float16. Where a processor has products of that type, TensorFlow's own map of
    * `mixed` is 4 % of its largest value away from the stored one.
    */
  private val tolerances = Map("half" -> 2e-2, "mixed" -> 6e-2)

  for (net <- Seq("recurrent", "half", "mixed", "double"); version <- 2 to 3) {
    val model = s"${net}_keras$version"
    test(s"$model: a map is that of tf.GradientTape, an integral adds up to the score's change") {
      val answer = new ObjectMapper().readTree(nets.resolve(s"$model.map.answers.json").toFile)
      val wrt = answer.get("wrt").asText
      val plan = planned(
        nets.resolve(model).toString,
        feeds(net),
        s"""{ grad-cam { of = scores, class = 1, wrt = $wrt }, column = cam }, scores,
           |{ gradient { of = scores, class = 1, wrt = $wrt, method = integrated }, column = g }
           |""".stripMargin
      )
      assert(plan.warnings.asScala === Seq())
      val map = numbers(answer.get("map"))
      val found = values(plan, model)
      val tolerance = tolerances.getOrElse(net, 1e-5)
      found.flatMap(_.head).zip(map).foreach { case (own, expected) =>
        assert(math.abs(own - expected) <= tolerance * map.max)
      }
      assert(found.map(_.head.length) === Seq.fill(2)(map.size / 2))
      assert(found.forall(_(2).exists(_ != 0)))
    }
  }

  test("a map over a sequence has no height and width that a size could change") {
    val refused = intercept[UserException](
      planned(
        nets.resolve("recurrent_keras3").toString,
        feeds("recurrent"),
        "{ grad-cam { of = scores, class = 1, wrt = both, size = [4, 4] }, column = cam }"
      )
    )
    assert(
      refused.getMessage === "cannot compute the gradient 'cam': size = [4, 4] is of a map with" +
        " height and width, and 'both' has the shape (?, 6, 4); leave size out"
    )
  }

  private val phase = "test-data/cases/tf1_phase_sig/model"

  test("a switch that is off for all rows: derivatives are those of the branch that it takes") {
    val plan = planned(
      phase,
      "{ input = image_batch, column = c, tensor { shape = [10, 10, 3] } }, { input = phase_train, value = false }",
      """{ gradient { of = { output = embeddings }, class = 0, wrt = { graph-tensor = relu } },
        |  column = g }, { graph-tensor = relu, column = r }""".stripMargin
    )
    assert(plan.warnings.asScala === Seq())
    val size = 10 * 10 * 3
    val rows = Seq.tabulate(2)(i =>
      Seq(Seq.tabulate(size)(k => Float.box(((k * 7 + i) % 11) / 11f): Object).asJava)
    )
    GradientJob.run(plan, phase, rows).foreach { row =>
      assert(row.error === "")
      val Seq(gradient, relu) = row.features.asScala.map(Extraction.doubles).toSeq
      assert(gradient.length === relu.length)
      assert(gradient.exists(_ != 0))
    }
  }

  private def ops(model: String, features: String, isSame: String => Boolean): Map[String, Int] = {
    val net = model.takeWhile(_ != '_')
    val all = feeds.getOrElse(
      net,
      "{ input = image, column = c, tensor { shape = [8, 8, 3] } }, " +
        "{ input = other, column = o, tensor {} }"
    )
    val plan = planned(nets.resolve(model).toString, all, features, "run.optimize = exact")
    plan.plan.model.graph.getNodeList.asScala
      .filterNot(node => node.getName.startsWith("layertap_"))
      .map(_.getOp)
      .filter(isSame)
      .groupBy(identity)
      .map { case (op, found) => op -> found.size }
  }

  test("beside a gradient a plain feature is computed once, behind gelu too") {
    val heavy =
      Set("Conv2D", "DepthwiseConv2dNative", "MatMul", "Einsum", "BatchMatMulV2", "Erfc", "Erf")
    Seq("convolutional_keras2", "convolutional_keras3").foreach { model =>
      val alone = ops(model, "scores", heavy)
      val gradient = "{ gradient { of = scores, class = 1, wrt = conv }, column = g }"
      assert(ops(model, s"scores, $gradient", heavy) === alone)
      assert(alone("Erfc") + alone.getOrElse("Erf", 0) === 1)
    }
  }

  test("beside a gradient through loops a plain feature takes what their steps give") {
    val gradient = "{ gradient { of = scores, class = 1, wrt = embedding }, column = g }, " +
      "{ gradient { of = scores, class = 1, wrt = back }, column = b }"
    val loops = (op: String) => op.endsWith("While")
    assert(ops("recurrent_keras3", "scores", loops).values.sum === 7)
    // The way of `back` itself is not differentiated and stays a loop.
    assert(ops("recurrent_keras3", s"scores, $gradient", loops).values.sum === 1)
  }
}

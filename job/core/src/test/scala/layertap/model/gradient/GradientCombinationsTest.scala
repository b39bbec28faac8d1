package layertap.model.gradient

import layertap.failure.UserException
import layertap.plan.{GradientCost, PlanBuilder}
import layertap.testing.{Extraction, GradientJob, StoredAnswers}
import layertap.testing.SameValues.assertSameRows
import java.nio.file.Path
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Derivatives beside what else a plan may have; each plan is self-checked, by differences of
  * scores too.
  */
class GradientCombinationsTest extends AnyFunSuite {
  private def configured(model: String, feeds: String, features: String) =
    s"""model.path = test-data/models/$model
       |feeds = [ $feeds ]
       |features = [ $features ]""".stripMargin

  private val pixels = "{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }"

  private def digits(features: String, feeds: String = pixels) =
    GradientJob.planned(configured("digits_keras3", feeds, features))

  private def refused(features: String, feeds: String = pixels): String =
    intercept[UserException](digits(features, feeds)).getMessage

  private def values(
      plan: PlanBuilder.Planned,
      model: String,
      rows: Seq[Seq[Any]]
  ): Seq[Seq[Array[Double]]] =
    GradientJob.run(plan, s"test-data/models/$model", rows).map { row =>
      assert(row.error === "")
      row.features.asScala.map(Extraction.doubles).toSeq
    }

  private lazy val images =
    StoredAnswers.of(Path.of("test-data/models/digits_keras3")).inputs("pixels")

  private def floats(values: Array[Double]): java.util.List[Object] =
    values.map(v => v.toFloat: java.lang.Float).toSeq.asJava.asInstanceOf[java.util.List[Object]]

  test("started in the middle, with respect to what is fed there") {
    val gradient = "{ gradient { of = dense, class = top, wrt = bn1 }, column = g }"
    val whole = values(
      digits(s"bn1, $gradient"),
      "digits_keras3",
      (0 to 1).map(i => Seq(GradientJob.row(images, i)))
    )
    val into = "{ into = conv2, column = bn1, tensor {} }"
    val wrtInput =
      "{ gradient { of = dense, class = top, wrt = { layer = conv2, at = input } }, column = g }"
    val outputOf = "{ output-of = bn1, column = bn1, tensor {} }"
    Seq(into -> wrtInput, outputOf -> gradient).foreach { case (feed, feature) =>
      val half = values(
        digits(feature, feed),
        "digits_keras3",
        whole.map(row => Seq(floats(row.head)))
      )
      assertSameRows(half.map(row => Seq(row(0).toSeq)), whole.map(row => Seq(row(1).toSeq)))
    }
    assert(
      refused("{ gradient { of = dense, class = top, wrt = conv1 }, column = g }", into)
        .contains("conv1"),
      "what is before the feed has no way to the scores"
    )
  }

  test("two inputs, shared layers: each by its own, calls of one layer as a sum") {
    val feeds = "{ input = left, column = l }, { input = right, column = r }"
    def planned(features: String) =
      GradientJob.planned(configured("branches_keras3", feeds, features))
    val stored = StoredAnswers.of(Path.of("test-data/models/branches_keras3")).inputs
    val rows = (0 to 1).map(i => Seq("left", "right").map(x => GradientJob.row(stored(x), i)))
    def gradient(wrt: String, column: String) =
      s"{ gradient { of = { output = output_0 }, class = 0, wrt = $wrt }, column = $column }"
    val found = values(
      planned(
        Seq(
          gradient("\"project@0\"", "a"),
          gradient("\"project@1\"", "b"),
          gradient("[\"project@0\", \"project@1\"]", "both"),
          gradient("left", "left"),
          gradient("right", "right")
        ).mkString(", ")
      ),
      "branches_keras3",
      rows
    )
    found.foreach { row =>
      row(2).indices.foreach(i => assert(math.abs(row(0)(i) + row(1)(i) - row(2)(i)) < 1e-6))
      assert(row(3).toSeq !== row(4).toSeq)
    }
    val bare = intercept[UserException](planned(gradient("project", "p"))).getMessage
    assert(bare.contains("it is called 2 times; name one"), bare)
  }

  test("TensorFlow 1, by names of tensors") {
    val feed = "{ input = image, column = image, tensor {} }"
    val plan = GradientJob.planned(
      configured(
        "tf1_conv",
        feed,
        """{ gradient { of = { graph-tensor = "logits/MatMul" }, class = top, wrt = { graph-tensor = "pool1" } },
          |  column = g },
          |{ grad-cam { of = { graph-tensor = "logits/MatMul" }, class = 1, wrt = { graph-tensor = "conv1/Relu" } },
          |  column = cam }""".stripMargin
      )
    )
    assert(plan.warnings.asScala === Seq())
    assert(plan.plan.features.asScala.map(_.rowShape.toString) === Seq("(14, 14, 8)", "(28, 28)"))
  }

  test("a layer inside of a TimeDistributed layer: its gradient has the steps of each row apart") {
    val forms = Seq("", "method = times-input", "method = integrated, steps = 3")
    val features = for {
      (form, i) <- forms.zipWithIndex; wrt <- Seq("frames", "frames/conv")
    } yield {
      val column = s"${wrt.replace('/', '_')}_$i"
      s"{ gradient { of = head, class = 5, wrt = $wrt, $form }, column = $column }"
    }
    val plan = GradientJob.planned(
      configured(
        "steps_keras2",
        "{ input = movie, column = movie, tensor { shape = [3, 5, 5, 2] } }",
        features.mkString(", ")
      )
    )
    assert(plan.warnings.asScala === Seq())
    assert(plan.plan.features.asScala.map(_.rowShape.toString).distinct === Seq("(3, 3, 3, 2)"))
    val movies = StoredAnswers.of(Path.of("test-data/models/steps_keras2")).inputs("movie")
    values(plan, "steps_keras2", (0 to 1).map(i => Seq(GradientJob.row(movies, i)))).foreach {
      row =>
        row.grouped(2).foreach { pair =>
          assert(pair(0).exists(_ != 0))
          assertSameRows(Seq(Seq(pair(0).toSeq)), Seq(Seq(pair(1).toSeq)))
        }
    }
  }

  test("a class that there is not, or that is not named, is refused with what there is") {
    assert(
      refused("{ gradient { of = dense, class = 10, wrt = conv2 }, column = g }") ===
        "cannot compute the gradient 'g': class = 10, but 'dense' has 10 scores; name a class from" +
        " 0 to 9"
    )
    assert(
      refused("{ gradient { of = dense, wrt = conv2 }, column = g }") ===
        "cannot compute the gradient 'g': 'dense' has 10 scores for a row; set class = top, a number" +
        " from 0, or { column = … }"
    )
  }

  test("what has no derivative, or no space, is refused with the remedy") {
    val tokens = "{ input = tokens, column = t, tensor {} }"
    def ofTokens(wrt: String) = configured(
      "tokens_keras3",
      tokens,
      s"{ gradient { of = lstm, class = 1, wrt = $wrt }, column = g }"
    )
    assert(
      intercept[UserException](GradientJob.planned(ofTokens("tokens"))).getMessage ===
        "cannot compute the gradient 'g': 'tokens' is of int32, with respect to which nothing can be" +
        " differentiated; name a tensor of floating-point numbers behind it in wrt, as the output of" +
        " the embedding or of the first layer"
    )
    assert(
      refused("{ grad-cam { of = dense, class = top, wrt = pool }, column = g }") ===
        "cannot compute the gradient 'g': a map needs a tensor with axes between rows and channels," +
        " and 'pool' has the shape (?, 48); name the output of a convolution, or a sequence of" +
        " steps, in wrt"
    )
    assert(
      refused(
        "{ gradient { of = dense, class = top, wrt = [conv1, conv2] }, column = g }"
      ) ===
        "cannot compute the gradient 'g': 'conv1' has the shape (?, 8, 8, 16), 'conv2' (?, 8, 8, 48)," +
        " so their gradients have no sum; name calls of one shape"
    )
  }

  test("an input of images takes gradients of its own shape, of several scores summed over space") {
    val feed = "{ input = image, column = c, tensor { shape = [10, 12, 3] } }"
    val plan = GradientJob.planned(
      configured(
        "any_size_keras3",
        feed,
        "{ gradient { of = conv, class = 2, wrt = image }, column = g }," +
          "{ gradient { of = mean, class = 2, wrt = image }, column = m }"
      )
    )
    val image = StoredAnswers.of(Path.of("test-data/models/any_size_keras3")).inputs("image")
    val rows = (0 to 1).map { i =>
      val flat = GradientJob.row(image, i).asScala.toSeq
      def nested(values: Seq[Object], sizes: List[Int]): Object = sizes match {
        case Nil          => values.head
        case size :: rest =>
          values.grouped(values.size / size).map(nested(_, rest)).toSeq.asJava
      }
      Seq(nested(flat, List(10, 12, 3)))
    }
    val found = values(plan, "any_size_keras3", rows)
    // The mean over 5 x 6 places is a thirtieth of the sum.
    found.foreach { row =>
      row(0).indices.foreach(i => assert(math.abs(row(0)(i) / 30 - row(1)(i)) < 1e-6))
      assert(row(0).exists(_ != 0))
    }
  }

  test("a cost is told: ops, activations that stay, and arithmetic, more for an integral") {
    def cost(features: String) = GradientCost.of(
      GradientJob.planned(configured("digits_keras3", pixels, features), isTried = false).plan
    )
    assert(!cost("conv2").isAny)
    val plain = cost("dense, { gradient { of = dense, class = top, wrt = pixels }, column = g }")
    val late = cost("dense, { gradient { of = dense, class = top, wrt = conv2 }, column = g }")
    val long = cost(
      "dense, { gradient { of = dense, class = top, wrt = pixels, method = integrated }, column = g }"
    )
    assert(plain.ops > late.ops && late.ops > 5)
    // Activations of conv1 and conv2 in float32.
    assert(plain.bytesPerRow >= 8 * 8 * (16 + 48) * 4)
    assert(late.bytesPerRow < plain.bytesPerRow)
    assert(late.passes < 0.2)
    assert(plain.passes > 0.8 && plain.passes < 3, plain.passes)
    assert(long.passes > 30 * plain.passes, long.passes)
  }

  Seq("keras2", "keras3").foreach { keras =>
    def planned(net: String, input: String, sizes: String, isTried: Boolean) =
      GradientJob.planned(
        configured(
          s"../gradients/${net}_$keras",
          s"{ input = $input, column = x, tensor { shape = [$sizes] } }",
          s"{ gradient { of = scores, class = 1, wrt = $input }, column = g }"
        ),
        isTried
      )

    test(s"the cost of convolutions over three axes counts each step, $keras") {
      val cost = GradientCost.of(planned("video", "clip", "4, 5, 6, 2", isTried = false).plan)
      // Each convolution on the way back does as much as on the way there.
      assert(cost.passes > 1 && cost.passes < 3, cost)
      // What the first convolution gives, and each slice of what it takes.
      assert(cost.bytesPerRow >= 4 * (4 * 5 * 6 * 3 + 3 * 4 * 5 * 6 * 2), cost)
    }

    test(s"transposed convolutions over three axes agree with differences of scores, $keras") {
      val plan = planned("transposed", "scan", "2, 3, 2, 2", isTried = true)
      assert(plan.warnings.asScala === Seq())
    }
  }
}

package layertap.jobs.rows

import layertap.extract.check.LocalTrial
import layertap.hadoop.HadoopFiles
import layertap.plan.PlanBuilder
import java.nio.file.Files
import layertap.config.JobConfigLoader
import layertap.plan.ExtractionPlan
import layertap.extract.FeatureExtractor
import layertap.input.value.NamedFiles
import layertap.extract.RowFeatures
import layertap.tensor.HostTensor
import layertap.tensorflow.TensorFlowRuntime
import layertap.testing.SameValues.assertSameRows
import layertap.testing.KernelProbe
import layertap.testing.SeededRandom
import layertap.testing.Setting
import layertap.testing.TestData
import layertap.tensorflow.TensorFlowSessions
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.{Random, Using}

/** A row's features depend on nothing but the row: for random rows in random order, cut into random
  * partitions and batches of random size, they are those of the row alone; bit for bit where the
  * kernels promise it. The property `random.rounds` sets how often; the message of a failure names
  * the seed.
  */
class SameFeaturesTest extends AnyFunSuite {
  import SameFeaturesTest._

  private val rounds = Setting.of("random.rounds").get.toInt
  private val mostRows = 40
  private val largestBatch = 17

  private lazy val images: IndexedSeq[Array[Byte]] =
    Seq("tiny.png", "one_pixel.png", "one_row.jpg", "alpha.png", "cmyk.jpg", "animated.gif")
      .map(name => Files.readAllBytes(TestData.root.resolve("odd").resolve(name)))
      .toIndexedSeq

  private def tokens(random: Random, longest: Int): AnyRef =
    Seq.fill(1 + random.nextInt(longest))(random.nextInt(20)).asJava

  private def steps(random: Random): AnyRef =
    Seq.fill(1 + random.nextInt(14))(Seq.fill(100)(random.nextGaussian().toFloat).asJava).asJava

  private def pixels(random: Random): AnyRef = Seq.fill(64)(random.nextFloat()).asJava

  private val pooled =
    "[lstm, { layer = lstm, pool = avg, column = mean }, { layer = lstm, pool = last, column = end }]"

  private val kinds = Seq(
    Kind(
      "images of different sizes",
      "any_size_keras3",
      "input = image, column = x, image { fit = none }",
      "[conv, mean]",
      random => images(random.nextInt(images.size))
    ),
    Kind(
      "images resized to one size",
      "mobilenet_v2_keras3",
      "input = keras_tensor, column = x, image { preprocessing = mobilenet_v2 }",
      "[Conv1, { layer = out_relu, pool = avg }]",
      random => images(random.nextInt(images.size))
    ),
    Kind(
      "sequences of their own lengths",
      "tokens_keras3",
      "input = tokens, column = x, sequence { pad = none }",
      pooled,
      tokens(_, 12),
      hasSmallMatrices = true
    ),
    Kind(
      "padded sequences",
      "tokens_keras3",
      "input = tokens, column = x, sequence { max-length = 8, pad = pre, truncate = post }",
      pooled,
      tokens(_, 12),
      hasSmallMatrices = true
    ),
    Kind(
      "sequences of steps of numbers",
      "lstm_keras3",
      "input = events, column = x, sequence { pad = post }",
      """["lstm:sequence", "lstm:cell"]""",
      steps
    ),
    Kind(
      "tensors",
      "digits_keras3",
      "input = pixels, column = x, tensor {}",
      """["*"]""",
      pixels
    )
  )

  private def plan(kind: Kind): ExtractionPlan = {
    val text =
      s"""layertap {
         |model.path = test-data/models/${kind.model}
         |input.path = none
         |output.path = none
         |feeds = [{ ${kind.feed} }]
         |features = ${kind.features}
         |}""".stripMargin
    val config = JobConfigLoader.load(text, "a.conf", java.util.List.of())
    TensorFlowRuntime.start(1)
    val files = TestData.files(kind.model)
    new PlanBuilder(config, files, HadoopFiles.read(_)).build(new LocalTrial(files, 1)).plan
  }

  private def inBatchesOf(size: Int, plan: ExtractionPlan): ExtractionPlan =
    new ExtractionPlan(
      plan.model,
      plan.feeds,
      plan.features,
      plan.lengths,
      size,
      plan.batchRule,
      plan.refusesNonFinite,
      plan.precision
    )

  private def open(plan: ExtractionPlan, model: String): FeatureExtractor =
    FeatureExtractor.open(plan, new TensorFlowSessions, TestData.files(model), NamedFiles.NONE)

  private def extract(extractor: FeatureExtractor, rows: Seq[AnyRef]): Seq[RowFeatures] =
    extractor.extract(rows.map(row => Array[AnyRef](row)).asJava).rows.asScala.toSeq

  private def features(row: RowFeatures): Seq[HostTensor] = {
    assert(row.error === "")
    row.features.asScala.toSeq
  }

  /** What the kernels do with rows of the shapes that the first round has, as the model takes them.
    */
  private def askKernels(kind: Kind, planned: ExtractionPlan): KernelProbe =
    if (kind.hasSmallMatrices) KernelProbe(isExact = false, products = 1)
    else
      Using.resource(open(inBatchesOf(largestBatch, planned), kind.model)) { extractor =>
        val random = new Random(0)
        val rows = Seq.fill(mostRows)(kind.row(random))
        val shapes = extract(extractor, rows)
          .zip(rows)
          .groupMap { case (features, _) => features.features.asScala.map(_.shape.toSeq) }(_._2)
        // A row alone of its shape is its own neighbour.
        KernelProbe.ask(extractor, shapes.values.map(same => same ++ same.take(1)).toSeq: _*)
      }

  /** As tasks do: a partition's rows, so many at a time as the plan looks at together. */
  private def inPartitions(
      rows: Seq[AnyRef],
      random: Random,
      extractor: FeatureExtractor
  ): Seq[RowFeatures] =
    if (rows.isEmpty) Seq()
    else {
      val (partition, rest) = rows.splitAt(1 + random.nextInt(rows.size))
      val extracted = partition
        .grouped(extractor.plan.bufferedRows)
        .flatMap(extract(extractor, _))
        .toSeq
      extracted ++ inPartitions(rest, random, extractor)
    }

  kinds.foreach { kind =>
    test(s"${kind.name}: the same features in any batch, partition and order") {
      val planned = plan(kind)
      val kernels = askKernels(kind, planned)
      info(kernels.words)
      Using.resource(open(inBatchesOf(1, planned), kind.model)) { alone =>
        (1 to rounds).foreach { seed =>
          val random = SeededRandom.of(seed)
          val rows = Seq.fill(1 + random.nextInt(mostRows))(kind.row(random))
          val expected = rows.map(row => features(extract(alone, Seq(row)).head))
          val order = random.shuffle(rows.indices.toList)
          val size = 1 + random.nextInt(largestBatch)
          Using.resource(open(inBatchesOf(size, planned), kind.model)) { extractor =>
            val found = inPartitions(order.map(rows), random, extractor)
            assert(found.size === rows.size)
            val clue = s"${rows.size} rows in batches of $size, seed $seed"
            assertSameRows(found.map(features), order.map(expected), clue, kernels.tolerance)
          }
        }
      }
    }
  }
}

object SameFeaturesTest {

  /** @param hasSmallMatrices
    *   of odd sizes, for which kernels add up in another order for some numbers of rows that a
    *   probe does not try
    */
  final case class Kind(
      name: String,
      model: String,
      feed: String,
      features: String,
      row: Random => AnyRef,
      hasSmallMatrices: Boolean = false
  )
}

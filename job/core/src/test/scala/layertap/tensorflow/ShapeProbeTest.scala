package layertap.tensorflow

import layertap.graph.TensorShape
import layertap.plan.ExtractionPlan
import layertap.model.cut.CutTap
import layertap.testing.Plans.shape
import layertap.testing.Answer
import layertap.testing.Plans
import layertap.testing.StoredAnswers
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class ShapeProbeTest extends AnyFunSuite {
  TensorFlowRuntime.start(1)

  /** Of layers of several outputs, a part is refused. */
  private val left = Set(
    "any_size_keras3",
    "outputs_keras2",
    "outputs_keras3",
    "second_outputs_keras3",
    "skipping_keras3"
  )

  TestData.models.filter(_.contains("keras")).filterNot(left).foreach { model =>
    test(s"$model: the inferred shapes are those of Keras' answers") {
      // Which of several inputs is which, Keras 3's export does not tell.
      val answers = StoredAnswers
        .of(TestData.model(model))
        .answers
        .filter(answer => answer.hasOps && !answer.name.contains(" at input:"))
      val plan = Plans.selecting(model, answers.map(_.selector))
      answers.zip(plan.model.taps.asScala).foreach { case (answer, tap) =>
        val sizes = tap.shape.sizes.asScala.map(_.toLong)
        assert(sizes.head === -1, s"${answer.name}: the batch is open")
        val isSequence = stepsAreOpen(model, answer, tap)
        val known = if (isSequence) -1 +: answer.shape.drop(2) else answer.shape.tail
        if (isOpen(plan)) assert(sizes.tail.zip(known).forall { case (a, b) => a == -1 || a == b })
        else assert(sizes.tail === known, answer.name)
      }
    }
  }

  /** Whether the model takes rows of any size. */
  private def isOpen(plan: ExtractionPlan): Boolean =
    plan.feeds.asScala.exists(!_.point.shape.withoutBatch.isFullyKnown)

  /** The number of steps that come out of Keras 2's loop, or out of one that layertap makes of a
    * loop that keeps its last step, shows only when it runs.
    */
  private def stepsAreOpen(model: String, answer: Answer, tap: CutTap): Boolean =
    !tap.tap.recordings.isEmpty || answer.name == "lstm:0" && model.endsWith("keras2") ||
      model == "tokens_keras3" || isDenseOverSteps(model, answer)

  /** Of a dense layer over steps TensorFlow infers the size of the last axis alone. */
  private def isDenseOverSteps(model: String, answer: Answer): Boolean =
    model == "bert_keras3" && answer.name.matches("(wide|narrow)_\\d") ||
      model == "slice_updates_keras3" && answer.name.matches("part|head")

  TestData.models.filter(_.contains("keras")).filterNot(left).foreach { model =>
    test(s"$model: with the steps that the model fixes, no size is open but those of the input") {
      val answers = StoredAnswers
        .of(TestData.model(model))
        .answers
        .filter(answer => answer.hasOps && !answer.name.contains(" at input:"))
      val plan = Plans.selecting(model, answers.map(_.selector))
      answers.zip(plan.model.taps.asScala).foreach { case (answer, tap) =>
        val sizes = tap.fullShape.sizes.asScala.map(_.toLong)
        val isLikeAnswer = sizes.tail.zip(answer.shape.tail).forall { case (size, answered) =>
          size == answered || size == -1 && (isOpen(plan) || isDenseOverSteps(model, answer))
        }
        assert(sizes.head === -1 && isLikeAnswer, s"${answer.name}: $sizes, ${answer.shape}")
      }
    }
  }

  test("sizes that rows decide stay open") {
    val plan = Plans.of("any_size_keras3", Seq("conv", "mean"))
    val shapes = plan.model.taps.asScala.map(_.shape)
    assert(shapes === Seq(shape(-1, -1, -1, 4), shape(-1, 4)))
  }

  test("a shape is inferred where the file notes none") {
    val forgotten = Plans.lookup.taps.asScala.map(_.withShape(TensorShape.unknown))
    val bare = Plans.lookup.withTaps(forgotten.asJava)
    val inferred: CutTap = ShapeProbe.infer(bare).taps.get(0)
    assert(inferred.shape === shape(-1, 2))
  }

  test("the largest activation of a row is the widest map of the model") {
    val plan = Plans.of("cnn_sequential_keras2", Seq("dense1"))
    val largest = StoredAnswers
      .of(TestData.model("cnn_sequential_keras2"))
      .answers
      .map(_.shape.tail.product * java.lang.Float.BYTES)
      .max
    assert(ShapeProbe.largestRow(plan.model) === new ShapeProbe.LargestRow(largest, true))
  }
}

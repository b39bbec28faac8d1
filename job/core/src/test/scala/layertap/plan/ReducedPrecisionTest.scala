package layertap.plan

import java.nio.file.{Files, Path}
import java.util.{List => JavaList, Optional}
import layertap.config.{JobConfig, JobConfigLoader}
import layertap.extract.check.LocalTrial
import layertap.failure.UserException
import layertap.graph.{TensorId, TensorShape}
import layertap.model.cut.{RunnableGraph, TapShape}
import layertap.model.gradient.{DifferentiatedModel, GradientTarget}
import layertap.model.saved.LocalModelFiles
import layertap.plan.precision.{Precision, PrecisionComparison}
import layertap.tensor.HostTensor
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** What `run.precision` decides by what a trial found, and on which machine. */
class ReducedPrecisionTest extends AnyFunSuite {
  private val digits =
    """model.path = test-data/models/digits_keras3
      |input { format = parquet, path = i }
      |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
      |features = [conv2, softmax]
      |output.path = o""".stripMargin

  private def config(precision: String) = JobConfigLoader.load(
    s"layertap {\n$digits\nrun.precision = $precision\n}",
    "job.conf",
    JavaList.of()
  )

  private val files = LocalModelFiles.at("test-data/models/digits_keras3")

  /** Tries models here, but says what it is told of a plan in fewer bits. */
  private class Trial(cosines: Seq[Double], speedup: Double) extends ModelTrial {
    private val local = new LocalTrial(files, 1)
    var timed: Seq[Boolean] = Seq()

    override def tapShapes(cut: RunnableGraph): JavaList[TapShape] = local.tapShapes(cut)
    override def differentiated(
        model: RunnableGraph,
        rows: JavaList[TensorShape],
        targets: JavaList[GradientTarget],
        classes: JavaList[TensorId]
    ): DifferentiatedModel = local.differentiated(model, rows, targets, classes)
    override def check(plan: ExtractionPlan, reference: RunnableGraph): CheckedValues =
      local.check(plan, reference)
    override def deviating(other: ExtractionPlan, exact: CheckedValues): JavaList[Integer] =
      JavaList.of()
    override def compared(
        reduced: ExtractionPlan,
        full: ExtractionPlan,
        exact: CheckedValues,
        isTimed: Boolean
    ): PrecisionComparison = {
      timed = timed :+ isTimed
      new PrecisionComparison(cosines.map(Double.box).asJava, speedup)
    }
    override def run(plan: ExtractionPlan): Unit = local.run(plan)
    override def close(): Unit = local.close()
  }

  /** A plan in float32 with what its self-check computed. */
  private lazy val full: PlanBuilder.Planned =
    builder(config("float32")).buildTried(new Trial(Seq(), 1))

  private def builder(config: JobConfig) =
    new PlanBuilder(config, files, path => Files.readAllBytes(Path.of(path)))

  private def decided(
      precision: String,
      trial: Trial,
      obstacle: Optional[String] = Optional.empty(),
      of: PlanBuilder.Planned = full
  ): PlanBuilder.Planned =
    new ReducedPrecision(config(precision).run, () => obstacle).of(of, trial)

  private val close = Seq(1.0, 0.99995)
  private val far = Seq(0.5, 0.9998)
  private val none = Optional.of("this processor has none of them")

  test("auto takes fewer bits where they are faster and close, and only there") {
    def chosen(
        cosines: Seq[Double],
        speedup: Double,
        obstacle: Optional[String] = Optional.empty()
    ) =
      decided("auto", new Trial(cosines, speedup), obstacle).plan.precision
    assert(chosen(close, 2) === Precision.BFLOAT16)
    assert(chosen(close, 1.04) === Precision.FLOAT32)
    assert(chosen(far, 2) === Precision.FLOAT32)
    assert(chosen(Seq(1.0, Double.NaN), 2) === Precision.FLOAT32)
    assert(chosen(close, 2, none) === Precision.FLOAT32)
  }

  test("what is asked for is checked, but not timed; the feature that differs most is named") {
    val trial = new Trial(close, 0.5)
    val planned = decided("bfloat16", trial)
    assert(planned.plan.precision === Precision.BFLOAT16)
    assert(trial.timed === Seq(false))
    assert(planned.isOptimized === full.isOptimized)
    assert(planned.inFloat32 eq full.plan)
    val refused = intercept[UserException](decided("bfloat16", new Trial(far, 2)))
    assert(
      refused.getMessage === "cannot compute 'conv2' in bfloat16: on synthetic rows its cosine with" +
        " float32 is 0.50000, less than 0.9999; set run.precision = float32"
    )
  }

  test("a feature that cannot be compared is named, not its angle, wherever it stands") {
    Seq(Seq(Double.NaN, -1.0) -> "conv2", Seq(-1.0, Double.NaN) -> "softmax").foreach {
      case (cosines, name) =>
        val refused = intercept[UserException](decided("bfloat16", new Trial(cosines, 2)))
        assert(
          refused.getMessage === s"cannot compute '$name' in bfloat16: on synthetic rows some values are NaN or " +
            "infinite, so that it cannot be compared with float32; set run.precision = float32"
        )
    }
  }

  test("what TensorFlow does not compute in fewer bits is told with its reason") {
    val trial = new Trial(Seq(), 1) {
      override def compared(
          reduced: ExtractionPlan,
          full: ExtractionPlan,
          exact: CheckedValues,
          isTimed: Boolean
      ): PrecisionComparison = PrecisionComparison.refused(2, "index 9 is not in [0, 9)")
    }
    val refused = intercept[UserException](decided("bfloat16", trial))
    assert(
      refused.getMessage === "cannot compute in bfloat16: TensorFlow computes synthetic rows in float32, but not " +
        "so: index 9 is not in [0, 9); set run.precision = float32"
    )
    assert(decided("auto", trial).plan.precision === Precision.FLOAT32)
  }

  test("what is asked for and cannot be had is refused, unless it is forced") {
    val refused = intercept[UserException](decided("bfloat16", new Trial(close, 2), none))
    assert(refused.getMessage.startsWith(s"cannot compute in bfloat16: ${none.get}; set"))
    val forced = decided("forced-bfloat16", new Trial(close, 2), none)
    assert(forced.plan.precision === Precision.FORCED_BFLOAT16)
  }

  test("without rows to compare auto stays float32, and what is asked for comes with a warning") {
    val unchecked = full.`with`(CheckedValues.NONE)
    assert(
      decided("auto", new Trial(close, 2), of = unchecked).plan.precision === Precision.FLOAT32
    )
    val asked = decided("bfloat16", new Trial(close, 2), of = unchecked)
    assert(asked.plan.precision === Precision.BFLOAT16)
    assert(
      asked.warnings.asScala.contains(
        "run.precision: no synthetic rows could be compared with float32"
      )
    )
  }

  test("a plan that is only shown says that auto is not decided yet") {
    val precision = new ReducedPrecision(config("auto").run, () => Optional.empty())
    val shown = precision.untried(full)
    assert(shown.plan eq full.plan)
    assert(
      shown.warnings.asScala.last ===
        "run.precision = auto: float32 here, bfloat16 if the job's trial finds it faster"
    )
    val elsewhere = new ReducedPrecision(config("auto").run, () => none)
    assert(elsewhere.untried(full).warnings === full.warnings)
  }

  test("the trial of this machine finds the digits' features close, and times both plans") {
    val reduced = decided("forced-bfloat16", new Trial(close, 2)).plan
    val found = new LocalTrial(files, 1).compared(reduced, full.plan, full.checked, true)
    assert(found.cosines.size === 2)
    found.cosines.asScala.foreach(cosine => assert(cosine >= Precision.LEAST_COSINE && cosine < 1))
    assert(found.speedup > 0)
  }

  test("the trial of this machine finds no angle to what is not a number, and that to the rest") {
    val found = comparedWith(Float.NaN)
    assert(found.cosines.get(0).isNaN && found.cosines.get(1) >= Precision.LEAST_COSINE)
    assert(comparedWith(Float.PositiveInfinity).cosines.get(0).isNaN)
  }

  test("the trial of this machine takes all zeros for as far from others as can be") {
    val found = comparedWith(0)
    assert(found.cosines.get(0) === 0 && found.cosines.get(1) >= Precision.LEAST_COSINE)
  }

  /** What the trial finds if all values of the first feature were one in float32. */
  private def comparedWith(value: Float): PrecisionComparison = {
    val rows = full.checked.tensors.asScala.map { row =>
      val size = row.get(0).values.asInstanceOf[Array[Float]].length
      JavaList.of(HostTensor.of(row.get(0).shape, Array.fill(size)(value)), row.get(1))
    }
    val exact = CheckedValues.of(full.checked.recipe, rows.asJava, JavaList.of())
    val reduced = decided("forced-bfloat16", new Trial(close, 2)).plan
    new LocalTrial(files, 1).compared(reduced, full.plan, exact, false)
  }
}

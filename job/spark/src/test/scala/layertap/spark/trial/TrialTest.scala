package layertap.spark.trial

import java.nio.file.Path
import java.util.{List => JavaList, Map => JavaMap}
import layertap.config.JobConfig
import layertap.config.JobConfig._
import layertap.graph.Graphs._
import layertap.failure.ModelException
import layertap.model.feature.FeatureForm
import layertap.model.select.FeedTarget
import layertap.model.select.Selector
import layertap.testing.SavedModels.{of, port, signature}
import layertap.testing.Plans
import layertap.testing.TempFolder
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite

class TrialTest extends AnyFunSuite {
  import TrialTest._

  test("a sound model passes; its values are there to compare with") {
    val config = TrialTest.config(TestData.model("digits_keras3"), "pixels", "output_0", 120)
    assert(new Trial(config, 1).run(Trial.Extent.BATCH).isPresent)
    assert(!new Trial(config, 1).run(Trial.Extent.SHAPES).isPresent)
  }

  test("a loop without end is stopped") {
    TempFolder.use { folder =>
      val endless = graph(
        node("x", "Placeholder").having("dtype" -> Float32, "shape" -> shape(-1, 3)),
        node("y", "StatelessWhile", "x").having(
          "cond" -> Func("go_on"),
          "body" -> Func("step"),
          "T" -> Seq(Float32)
        )
      ).withFunctions(
        function("go_on", "x" -> Float32)(boolConst("yes", value = true))(
          "go" -> Bool -> "yes:output:0"
        ),
        unary("step")(float("relu", "Relu", "x"))("relu:activations:0")
      )
      of(endless, signature(port("x", "x:0"))(port("y", "y:0"))).writeTo(folder)
      val trial = new Trial(TrialTest.config(folder, "x", "y", 10), 1)
      assert(
        intercept[ModelException](trial.run(Trial.Extent.BATCH)).getMessage ===
          s"cannot run the model $folder: made-up rows took more than 10 s, perhaps a loop in it has" +
          " no end; tap a layer before it, or raise run.trial-seconds"
      )
    }
  }

  test("a process that ends is told from one that refuses the model") {
    val config = TrialTest.config(TestData.model("digits_keras3"), "pixels", "output_0", 60)
    val ended = new Trial(config, 1, "layertap.spark.trial.EndsItself")
    assert(
      intercept[ModelException](ended.run(Trial.Extent.BATCH)).getMessage ===
        "cannot run the model test-data/models/digits_keras3: TensorFlow ends the process that tries" +
        " it (exit code 134); the model is damaged, export it again, or tap a layer before the damage"
    )
    val unknown = TrialTest.config(TestData.model("digits_keras3"), "pixels", "output_9", 60)
    val message =
      intercept[ModelException](new Trial(unknown, 1).run(Trial.Extent.SHAPES)).getMessage
    assert(message.contains("output_9") && !message.contains("process"), message)
  }
}

object TrialTest {

  /** A job that feeds one input from a column and taps one output. */
  def config(model: Path, input: String, output: String, trialSeconds: Int): JobConfig =
    new JobConfig(
      new Model(model.toString, JavaList.of("serve"), "serving_default", ""),
      new Input("parquet", JavaList.of("in"), "", JavaMap.of(), JavaMap.of(), "", JavaList.of()),
      JavaList.of(new Feed(new FeedTarget.Input(input), JavaList.of(input), Plans.anyTensor)),
      JavaList.of(new Feature(new Selector.SignatureOutput(output), "", FeatureForm.PLAIN)),
      new Rows(OnInvalid.ERROR, 1, NonFinite.values.head),
      new Run(8, true, trialSeconds, 0),
      new Output(
        "out",
        "",
        Mode.ERROR,
        JavaList.of(),
        Compression.ZSTD,
        JavaList.of(),
        "",
        1000,
        60
      )
    )

  /** What the trial says of a model. */
  def refusal(model: Path, input: String, output: String): String =
    try {
      new Trial(config(model, input, output, 20), 1).run(Trial.Extent.BATCH)
      ""
    } catch { case e: ModelException => e.getMessage }
}

/** Stands in for a trial that a model ends. */
object EndsItself {
  def main(arguments: Array[String]): Unit = Runtime.getRuntime.halt(134)
}

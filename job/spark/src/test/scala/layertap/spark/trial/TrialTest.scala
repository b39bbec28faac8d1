package layertap.spark.trial

import java.io.{ObjectOutputStream, UncheckedIOException}
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import java.util.{List => JavaList, Map => JavaMap}
import layertap.config.JobConfig
import layertap.config.JobConfig._
import layertap.config.RunSettings
import layertap.config.RunSettings.Optimization
import layertap.graph.Graphs._
import layertap.extract.check.LocalTrial
import layertap.failure.UserException
import layertap.graph.precision.WantedPrecision
import layertap.hadoop.HadoopFiles
import layertap.inference.{TimeLimit, TimeLimitException}
import layertap.model.saved.LocalModelFiles
import layertap.model.saved.ModelFiles
import layertap.plan.CheckedValues
import layertap.plan.PlanBuilder
import layertap.testing.MemoryFiles
import layertap.model.feature.FeatureOptions
import layertap.model.select.BatchAxis
import layertap.model.select.FeedTarget
import layertap.model.select.Selector
import layertap.testing.Plans
import layertap.testing.PoisonLoop
import layertap.testing.TempFolder
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

class TrialTest extends AnyFunSuite {
  import TrialTest._

  private val digits = TestData.model("digits_keras3")

  test("a sound model passes; its values are there to compare with") {
    val config = TrialTest.config(digits, "pixels", "output_0", 120)
    Using.resource(ChildTrial.start(digits.toString, 120, 1, java.util.Map.of[String, String]())) {
      trial =>
        val files = TestData.files("digits_keras3")
        assert(builder(config, files).buildTried(trial).checked.isPresent)
        assert(!builder(config, files).build(trial).checked.isPresent)
    }
  }

  test("the plan is the same whether another JVM tries the model or this one") {
    val config = TrialTest.config(digits, "pixels", "output_0", 120)
    val files = TestData.files("digits_keras3")
    val there = Using.resource(Trials.open(config, files, 1))(builder(config, files).buildTried(_))
    val here = builder(config, files).buildTried(new LocalTrial(files, 1))
    assert(there.plan === here.plan)
    assert(there.checked.recipe === here.checked.recipe)
    assert(shapes(there.checked) === shapes(here.checked))
  }

  test("the other JVM is sent the plan: of the model's files it needs only the variables") {
    TempFolder.use { folder =>
      val files = MemoryFiles.copyOf("digits_keras3")
      files.without("saved_model.pb").without("variables/variables.index").writeTo(folder)
      val config = TrialTest.config(digits, "pixels", "output_0", 120)
      Using.resource(
        ChildTrial.start(folder.toString, 120, 1, java.util.Map.of[String, String]())
      ) { trial =>
        assert(builder(config, files).buildTried(trial).checked.isPresent)
      }
    }
  }

  test("a loop without end is stopped") {
    TempFolder.use { folder =>
      endless.writeTo(folder)
      assert(
        refusal(folder, "x", "y", 10) ===
          s"cannot run the model $folder: synthetic rows took more than 10 s, perhaps a loop in it has" +
          " no end; tap a layer before it, or raise run.trial-seconds"
      )
    }
  }

  test("a loop without end is stopped in this JVM too, where no other tries the model") {
    val limit = TimeLimit.ofSeconds(2)
    val config = TrialTest.config(Path.of("memory"), "x", "y", 0)
    val failure = intercept[TimeLimitException](
      builder(config, endless).buildTried(new LocalTrial(endless, 1, limit))
    )
    assert(
      failure.getMessage === "cannot run the cut model: a batch took more than run.batch-seconds =" +
        " 2, perhaps a loop in it has no end; tap a layer before it, or raise run.batch-seconds"
    )
  }

  test("a process that ends is told from one that refuses the model") {
    val config = TrialTest.config(digits, "pixels", "output_0", 60)
    val files = TestData.files("digits_keras3")
    val ending = ChildTrial.start(digits.toString, 60, 1, "layertap.spark.trial.EndsItself")
    assert(
      Using.resource(ending) { trial =>
        intercept[UserException](builder(config, files).buildTried(trial)).getMessage
      } ===
        "cannot run the model test-data/models/digits_keras3: TensorFlow ends the process that tries" +
        " it (exit code 134); the model is damaged, export it again, or tap a layer before the damage"
    )
    val message = refusal(digits, "pixels", "output_9", 60)
    assert(message.contains("output_9") && !message.contains("process"), message)
  }

  test("a failure of the other JVM arrives with its class and message") {
    TempFolder.use { folder =>
      val config = TrialTest.config(digits, "pixels", "output_0", 60)
      Using.resource(ChildTrial.start(s"$folder/gone", 60, 1, java.util.Map.of[String, String]())) {
        trial =>
          val files = TestData.files("digits_keras3")
          val failure = intercept[UncheckedIOException](builder(config, files).buildTried(trial))
          assert(
            failure.getMessage.matches(
              s"cannot read bytes \\d+ to \\d+ of $folder/gone/variables/variables.data-00000-of-00001"
            ),
            failure.getMessage
          )
      }
    }
  }

  test("the process ends when its standard input does, even within an endless loop") {
    TempFolder.use { folder =>
      endless.writeTo(folder)
      val process = new ProcessBuilder(JavaCommand.of(classOf[TrialProcess].getName))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
      try {
        val config = TrialTest.config(folder, "x", "y", 600)
        val planned =
          builder(config, LocalModelFiles.at(folder.toString)).build(new LocalTrial(endless, 1))
        val messages = new ObjectOutputStream(process.getOutputStream)
        messages.writeObject(new TrialMessage.Setup(folder.toString, 600, 1, JavaMap.of()))
        messages.writeObject(new TrialMessage.Run(planned.plan))
        messages.flush()
        assert(!process.waitFor(5, TimeUnit.SECONDS))
        messages.close()
        assert(process.waitFor(60, TimeUnit.SECONDS))
        assert(process.exitValue === 0)
      } finally process.destroyForcibly()
    }
  }

  test("the process ends by its own clock if nobody else ends it") {
    TempFolder.use { folder =>
      endless.writeTo(folder)
      val process = new ProcessBuilder(JavaCommand.of(classOf[TrialProcess].getName))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
      try {
        val config = TrialTest.config(folder, "x", "y", 600)
        val planned =
          builder(config, LocalModelFiles.at(folder.toString)).build(new LocalTrial(endless, 1))
        val messages = new ObjectOutputStream(process.getOutputStream)
        messages.writeObject(new TrialMessage.Setup(folder.toString, 1, 1, JavaMap.of()))
        messages.writeObject(new TrialMessage.Run(planned.plan))
        messages.flush()
        assert(process.waitFor(90, TimeUnit.SECONDS))
        assert(process.exitValue === 3)
      } finally process.destroyForcibly()
    }
  }

  private def shapes(checked: CheckedValues) =
    checked.rows.asScala.map(_.asScala.map(value => (value.dtype, value.shape.toSeq)))
}

object TrialTest {

  /** A job that feeds one input from a column and taps one output. */
  def config(model: Path, input: String, output: String, trialSeconds: Int): JobConfig =
    new JobConfig(
      new Model(model.toString, JavaList.of("serve"), "serving_default", ""),
      new Input(
        "parquet",
        JavaList.of("in"),
        "",
        "",
        JavaMap.of(),
        JavaMap.of(),
        "",
        JavaList.of()
      ),
      JavaList.of(new Feed(new FeedTarget.Input(input), JavaList.of(input), Plans.anyTensor)),
      JavaList.of(
        new Feature(
          new Selector.SignatureOutput(output),
          "",
          FeatureOptions.PLAIN,
          BatchAxis.DEFAULT
        )
      ),
      new Rows(OnInvalid.ERROR, 1, Rows.NO_MIN, NonFinite.values.head),
      new RunSettings(
        8,
        0,
        Optimization.FAST,
        WantedPrecision.FLOAT32,
        true,
        trialSeconds,
        false,
        0,
        0,
        0
      ),
      new Output(
        "out",
        "",
        Mode.ERROR,
        false,
        JavaList.of(),
        Compression.ZSTD,
        JavaList.of(),
        "",
        1000,
        60
      )
    )

  def builder(config: JobConfig, files: ModelFiles): PlanBuilder =
    new PlanBuilder(config, files, HadoopFiles.read(_))

  /** What planning with a trial in another JVM says of a model. */
  def refusal(model: Path, input: String, output: String, seconds: Int = 20): String = {
    val job = config(model, input, output, seconds)
    val files = LocalModelFiles.at(model.toString)
    try {
      Using.resource(Trials.open(job, files, 1))(builder(job, files).buildTried(_))
      ""
    } catch { case e: UserException => e.getMessage }
  }

  /** A model whose output is computed by a loop that does not end. */
  val endless: MemoryFiles = PoisonLoop.whileTrue(
    function("go_on", "x" -> Float32)(boolConst("yes", value = true))(
      "go" -> Bool -> "yes:output:0"
    )
  )
}

/** Stands in for a trial that a model ends. */
object EndsItself {
  def main(arguments: Array[String]): Unit = Runtime.getRuntime.halt(134)
}

package layertap.spark

import layertap.extract.check.LocalTrial
import layertap.hadoop.HadoopFiles
import layertap.jobs.Digits
import layertap.plan.PlanBuilder
import layertap.spark.run.RowLimit
import layertap.spark.failure.SparkFailures
import java.io.{OutputStream, PrintStream}
import java.nio.file.Files
import layertap.config.JobConfigLoader
import layertap.plan.CheckedValues
import layertap.failure.UserException
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import layertap.testing.TestData
import layertap.tensorflow.TensorFlowSessions
import org.scalatest.funsuite.AnyFunSuite

/** Executors compare what they compute with what the driver's self-check did. */
class ExecutorCheckTest extends AnyFunSuite {
  private val quiet = new PrintStream(OutputStream.nullOutputStream)

  private def planned(folder: JobFolder, model: String, features: String) = {
    val text = s"""layertap {
                  |${Digits.job()}
                  |model.path = "${TestData.model(model)}"
                  |features = [$features]
                  |input.where = "id < 20"
                  |output.path = "${folder.output}"
                  |}""".stripMargin
    val config = JobConfigLoader.load(text, "test", java.util.List.of())
    val files = TestData.files(model)
    val planned =
      new PlanBuilder(config, files, HadoopFiles.read(_)).buildTried(new LocalTrial(files, 1))
    (config, planned)
  }

  /** What a model computes for synthetic rows. */
  private def values(folder: JobFolder, model: String, features: String): CheckedValues =
    planned(folder, model, features)._2.checked

  private def extract(folder: JobFolder, features: String, checked: CheckedValues) = {
    val (config, plan) = planned(folder, "digits_keras3", features)
    new ExtractJob(SharedSpark.session, config, plan.`with`(checked), quiet).run(RowLimit.NONE)
  }

  test("one that computes what the driver did works") {
    JobFolder.use { folder =>
      val own = values(folder, "digits_keras3", "conv1, softmax")
      assert(own.isPresent)
      assert(extract(folder, "conv1, softmax", own).rows.written === 20)
    }
  }

  test(
    "one that computes something else stops the job, which names the tap, and nothing is there"
  ) {
    JobFolder.use { folder =>
      // Trained apart from the other one, of the same shapes.
      val other = values(folder, "digits_keras2", "conv1, softmax")
      val failure = intercept[Exception](extract(folder, "conv1, softmax", other))
      val cause = SparkFailures.cause(failure)
      assert(cause.isInstanceOf[UserException])
      assert(
        cause.getMessage.matches(
          "cannot trust 'conv1' on this executor: it computes other values than " +
            "the driver, a difference of [0-9.e-]+ between values of up to " +
            "[0-9.e-]+; exclude its host"
        ),
        cause.getMessage
      )
      assert(!Files.exists(folder.output))
    }
  }

  test("values of other shapes, as of another version of the model, are other values") {
    JobFolder.use { folder =>
      val other = values(folder, "digits_keras3", "softmax, conv1")
      val failure = intercept[Exception](extract(folder, "conv1, softmax", other))
      val message = SparkFailures.cause(failure).getMessage
      val expected =
        "cannot trust 'conv1' on this executor: it computes other values than the driver"
      assert(message.startsWith(expected) && message.contains(" instead of "), message)
    }
  }
}

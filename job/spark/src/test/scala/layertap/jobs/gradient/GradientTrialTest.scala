package layertap.jobs.gradient

import layertap.config.JobConfigLoader
import layertap.hadoop.HadoopFiles
import layertap.model.saved.LocalModelFiles
import layertap.plan.{PlanBuilder, PlanDescription}
import layertap.spark.trial.Trials
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Derivatives that a JVM of its own adds and checks, before the job's JVM sees the model. */
class GradientTrialTest extends AnyFunSuite {
  private def planned(seconds: Int): (String, Int) = {
    val text =
      s"""layertap {
         |model.path = test-data/models/digits_keras3
         |input.path = i
         |output.path = o
         |run.trial-seconds = $seconds
         |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
         |features = [
         |  { gradient { of = dense, class = { column = label }, wrt = pixels }, column = a }
         |  { grad-cam { of = dense, class = top, wrt = conv2, size = [4, 4] }, column = b }
         |] }""".stripMargin
    val config = JobConfigLoader.load(text, "job.conf", java.util.List.of())
    val files = LocalModelFiles.at(config.model.path)
    val plan = Using.resource(Trials.open(config, files, 1)) { trial =>
      new PlanBuilder(config, files, HadoopFiles.read(_)).buildTried(trial)
    }
    assert(plan.warnings.asScala === Seq())
    (new PlanDescription(config, plan).fingerprint.text, plan.checked.rows.size)
  }

  test("the same plan, checked, from a JVM of its own and from this one") {
    val apart = planned(seconds = 120)
    assert(apart === planned(seconds = 0))
    assert(apart._2 === 3)
  }
}

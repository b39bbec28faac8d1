package layertap.plan

import layertap.config.JobConfigLoader
import layertap.extract.check.LocalTrial
import layertap.model.saved.KeptModelFiles
import layertap.testing.{CountedFiles, MemoryFiles, TestData}
import org.scalatest.funsuite.AnyFunSuite

/** A model's storage may be far away: a job asks it for nothing twice while it plans. */
class PlanRequestsTest extends AnyFunSuite {
  private val models = Seq(
    ("digits_keras3", "{ input = pixels, column = pixels, tensor {} }", "conv2"),
    ("digits_keras2", "{ input = pixels, column = pixels, tensor {} }", "conv2")
  )

  models.foreach { case (model, feed, layer) =>
    test(s"$model: the files are listed once, and each but those of values is read once") {
      val memory = MemoryFiles.copyOf(model)
      val counted = new CountedFiles(memory)
      val files = new KeptModelFiles(counted)
      val text =
        s"""layertap {
           |model.path = "${TestData.model(model)}"
           |input.path = none
           |output.path = none
           |feeds = [$feed]
           |features = [$layer]
           |}""".stripMargin
      val config = JobConfigLoader.load(text, "test", java.util.List.of())
      val planned =
        new PlanBuilder(config, files, _ => Array[Byte]()).buildTried(new LocalTrial(files, 1))
      assert(planned.checked.isPresent)
      assert((counted.lookups, counted.listings) === ((1, 1)))
      val reads = memory.reads.groupBy(_._1).view.mapValues(_.size).toMap
      assert(reads("saved_model.pb") === 1)
      assert(reads("variables/variables.index") === 1)
      val again = reads.filter { case (path, count) => !path.contains(".data-") && count > 1 }
      assert(again === Map())
    }
  }
}

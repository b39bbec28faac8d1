package layertap.plan

import java.nio.file.Path
import java.util.{List => JavaList}
import layertap.config.JobConfigLoader
import layertap.extract.check.LocalTrial
import layertap.model.saved.LocalModelFiles
import layertap.plan.ExtractionPlan.BatchRule
import org.scalatest.funsuite.AnyFunSuite

/** How many rows a batch may have, and what it takes then. */
class BatchMemoryTest extends AnyFunSuite {

  private def plan(model: String, feeds: String, features: String, run: String = "") = {
    val path = s"test-data/$model"
    val text =
      s"""layertap {
         |  model.path = $path
         |  input { format = parquet, path = rows }
         |  feeds = [$feeds]
         |  features = [$features]
         |  run { $run }
         |  output.path = features
         |}""".stripMargin
    val config = JobConfigLoader.load(text, "job.conf", JavaList.of())
    val files = new LocalModelFiles(Path.of(path))
    new PlanBuilder(config, files, _ => fail("it names no files"))
      .build(new LocalTrial(files, 1))
      .plan
  }

  private val digits = "{ input = pixels, column = pixels, tensor {} }"

  private def digitsPlan(run: String, features: String = "softmax") =
    plan("models/digits_keras3", digits, features, run)

  test("a number is the size, and the most there is") {
    val numbered = digitsPlan("batch-size = 3")
    assert(numbered.batchRule === BatchRule.CONFIGURED && numbered.batchSize === 3)
    assert(!numbered.triesBatchSizes)
    val memory = BatchMemory.of(numbered)
    // 64 pixels, 10 probabilities, and what conv2 makes of them: 8 x 8 x 48 numbers.
    assert(memory === new BatchMemory(3, 4 * (64 + 10 + 8 * 8 * 48), false))
    assert(memory.bytes === 3 * memory.bytesPerRow)
  }

  test("auto, the default, begins with 8 rows, and takes up to 256 where they are small") {
    Seq("", "batch-size = auto").foreach { run =>
      val automatic = digitsPlan(run)
      assert(automatic.batchRule === BatchRule.AUTO && automatic.batchSize === 8)
      assert(automatic.triesBatchSizes && automatic.bufferedRows(64) === 64)
      assert(BatchMemory.of(automatic).rows === 256 && BatchMemory.of(automatic).isMost)
    }
  }

  test("auto takes no more rows than fit into 64 MB") {
    val pixels = "{ input = keras_tensor, column = pixels, tensor {} }"
    val memory = BatchMemory.of(plan("models/mobilenet_v2_keras3", pixels, "out_relu"))
    assert(memory.bytes <= (64L << 20) && 2 * memory.bytes > (64L << 20))
  }

  test("what derivatives keep for the way back counts: of a path, every step") {
    val gradient = "{ gradient { of = dense, class = 1, wrt = pixels }, column = g }"
    val plain = BatchMemory.of(digitsPlan(""))
    val derived = BatchMemory.of(digitsPlan("", gradient))
    assert(derived.bytesPerRow > plain.bytesPerRow)
    assert(derived.bytes <= (64L << 20))
    assert(derived.bytesPerRow >= GradientCost.of(digitsPlan("", gradient)).bytesPerRow)
  }

  test("derivatives cost the same where rows go alone through a model that takes any number") {
    val batched = digitsPlan("", "{ gradient { of = dense, class = 1, wrt = pixels }, column = g }")
    val alone = new ExtractionPlan(
      batched.model,
      batched.feeds,
      batched.features,
      batched.lengths,
      1,
      BatchRule.ONE_ROW,
      batched.refusesNonFinite,
      batched.precision
    )
    assert(alone.isBatchFixed && !alone.triesBatchSizes)
    assert(GradientCost.of(alone) === GradientCost.of(batched))
    assert(GradientCost.of(alone).bytesPerRow > 0)
  }

  test("a tap of which nothing tells whose row is where: one row, whatever is configured") {
    Seq("", "batch-size = 5").foreach { run =>
      val examples = "{ input = examples, column = examples, tensor {} }"
      val alone =
        plan("odd-models/parsed_module", examples, "{ output = vectors, column = vectors }", run)
      assert(alone.batchRule === BatchRule.ONE_ROW && alone.batchSize === 1)
    }
  }

  test("rows with shapes of their own: 8, nothing is tried") {
    val image = "{ input = image, column = image, tensor {} }"
    val open = plan("models/any_size_keras3", image, "conv")
    assert(open.batchRule === BatchRule.AUTO && !open.triesBatchSizes)
    assert(BatchMemory.of(open).rows === 8 && open.bufferedRows === 8 * 16)
  }

  test("a model that takes batches of one size has its own, whatever is configured") {
    Seq("batch_of_1" -> 1, "batch_of_8" -> 8).foreach { case (model, size) =>
      Seq("batch-size = auto", "batch-size = 5").foreach { run =>
        val fixed = plan(
          s"odd-models/$model",
          "{ input = numbers, column = numbers, tensor {} }",
          "hidden",
          run
        )
        assert(fixed.batchRule === BatchRule.MODEL && fixed.isBatchFixed)
        assert(fixed.batchSize === size && !fixed.triesBatchSizes)
        assert(BatchMemory.of(fixed).rows === size && !BatchMemory.of(fixed).isMost)
      }
    }
  }
}

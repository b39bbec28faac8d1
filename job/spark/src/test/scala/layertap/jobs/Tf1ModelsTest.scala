package layertap.jobs

import java.nio.file.Path
import layertap.testing.Command
import layertap.testing.JobFolder
import layertap.testing.Npz
import layertap.testing.TestData
import org.apache.spark.sql.functions.col
import org.scalatest.funsuite.AnyFunSuite

/** Models as TensorFlow 1.15 wrote them, with the values that its sessions gave: canned Estimators,
  * Hub modules, graphs with switches for training.
  */
class Tf1ModelsTest extends AnyFunSuite {
  private val images = "{ input = image_batch, column = img, tensor { shape = [10, 10, 3] } }"
  private val words =
    "{ input = word_ids, column = w, sequence { max-length = 7 } }, { input = lengths, column = n }"

  private def folderOf(name: String): Path = TestData.root.resolve("cases").resolve(name)

  private def numbers(value: Any): Seq[Double] = value match {
    case values: scala.collection.Seq[_] => values.toSeq.flatMap(numbers)
    case number: Number                  => Seq(number.doubleValue)
  }

  private def job(name: String, model: String, feeds: String, taps: Seq[String]) = {
    val features = taps.zipWithIndex.map { case (tap, i) => s"{ $tap, column = f$i }" }
    s"""model { path = "${folderOf(name).resolve("model")}"$model }
       |input { format = parquet, path = "${folderOf(name).resolve("rows.parquet")}", keep = id }
       |feeds = [$feeds]
       |features = [${features.mkString(", ")}]
       |run.batch-size = 2""".stripMargin
  }

  private def assertExpected(name: String, model: String, feeds: String, taps: String*): Unit =
    JobFolder.use { folder =>
      val rows = folder.extracted(job(name, model, feeds, taps)).sort(col("id")).collect()
      val expected = Npz.read(folderOf(name).resolve("expected.npz"))
      taps.indices.foreach { i =>
        val right = expected(s"t$i")
        assert(right.shape.head === rows.length)
        val found = rows.toSeq.flatMap(row => numbers(row.getAs[Any](s"f$i")))
        assert(found.size === right.values.length, taps(i))
        val largest = right.values.map(math.abs(_)).max
        found.zip(right.values).foreach { case (own, value) =>
          assert(math.abs(own - value) <= 1e-5 * largest, s"${taps(i)}: $own instead of $value")
        }
      }
    }

  test("a canned Estimator: variables partitioned into one part") {
    assertExpected(
      "tf1_dnn",
      ", signature = predict",
      "{ input = examples, column = example }",
      "layer = \"dnn/hiddenlayer_0\"",
      "layer = \"dnn/hiddenlayer_1\"",
      "output = logits",
      "output = probabilities"
    )
  }

  Seq("[]", "\"\"").foreach { tags =>
    test(s"a Hub module: no restore op, and tags = $tags") {
      assertExpected(
        "tf1_hub",
        s", tags = $tags, signature = default",
        "{ input = images, column = images, tensor { shape = [8, 8, 3] } }",
        "output = default",
        "graph-tensor = \"Net/Relu6\"",
        "layer = \"Net/logits\"",
        "output = \"Net/Relu6\""
      )
    }
  }

  Seq("input = phase_train", "graph-tensor = \"phase_train:0\"").foreach { switch =>
    test(s"a switch of the signature: { $switch, value = false }") {
      assertExpected(
        "tf1_phase_sig",
        "",
        s"$images, { $switch, value = false }",
        "graph-tensor = relu",
        "graph-tensor = pool",
        "output = embeddings"
      )
    }
  }

  Seq("", ", { graph-tensor = \"keep_prob\", value = 1.0 }").foreach { switch =>
    test(s"dropout that keeps everything, with the feeds [words, lengths$switch]") {
      assertExpected(
        "tf1_keep_prob",
        "",
        words + switch,
        "layer = words",
        "layer = \"bi-lstm\"",
        "layer = \"proj/logits\"",
        "output = logits",
        "output = tags",
        "graph-tensor = \"final_state\""
      )
    }
  }

  private def refused(name: String, feeds: String, tap: String): String =
    JobFolder.use { folder =>
      val command = folder.extract(job(name, "", feeds, Seq(tap)))
      assert(command.code === 2, command.log)
      command.log
    }

  test("dropout that acts is refused") {
    val log =
      refused(
        "tf1_keep_prob",
        s"$words, { graph-tensor = \"keep_prob\", value = 0.5 }",
        "output = logits"
      )
    assert(
      log.contains(
        "is not run: it gives different values in each run; tap a layer that does not need it, or" +
          " feed the switch that turns it off with value, as keep_prob or is_training"
      )
    )
  }

  test("a switch that no feed fills, or a column") {
    assert(
      refused("tf1_phase_sig", images, "output = embeddings")
        .contains("add the feed { input = phase_train, value = … }")
    )
    assert(
      refused(
        "tf1_phase_sig",
        s"$images, { input = phase_train, column = id }",
        "graph-tensor = relu"
      )
        .contains(
          "the model takes a single value there for all rows; give it one with value in place of" +
            " column, or export the model with a batch axis"
        )
    )
  }

  test("the manifest holds the value, the plan lists it") {
    JobFolder.use { folder =>
      val feeds = s"$images, { input = phase_train, value = false }"
      val configuration = job("tf1_phase_sig", "", feeds, Seq("output = embeddings"))
      folder.extracted(configuration)
      val stored = folder.manifest.get("feeds").get(1)
      assert(stored.get("target").asText === "input = phase_train")
      assert(stored.get("value").isBoolean && !stored.get("value").asBoolean)
      val output = "output { path = none }"
      val plan = Command.run("plan", folder.write(s"$configuration\n$output").toString)
      assert(
        plan.out.linesIterator.exists(_.matches("input = phase_train +value = false +bool .*"))
      )
      assert(!plan.out.contains("warning"))
    }
  }
}

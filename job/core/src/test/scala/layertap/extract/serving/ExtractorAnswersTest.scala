package layertap.extract.serving

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.{Files, Path}
import java.util.{List => JavaList, Map => JavaMap}
import java.util.concurrent.{Callable, Executors}
import layertap.extract.{ExtractedRow, Extractor}
import layertap.testing.PlainRows.{doubles, flat, nested}
import layertap.testing.SameValues.assertSameRows
import layertap.testing.{Npz, NumpyArray, StoredAnswers, TapeAnswers, TestData}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Features of rows of plain Java, compared with what Keras and TensorFlow compute for them. */
class ExtractorAnswersTest extends AnyFunSuite {

  /** What differs is rounding, relative to the largest value. */
  private val bound = 1e-5

  private def open(hocon: String): Extractor =
    Extractor.builder.configuration(s"layertap {\n$hocon\n}").warnings(w => fail(w)).open()

  private def difference(found: Seq[Double], expected: Seq[Double]): Double = {
    assert(found.size === expected.size)
    val largest = expected.map(math.abs).max
    found.zip(expected).map { case (a, b) => math.abs(a - b) }.max / math.max(largest, 1e-30)
  }

  private val models = Seq(
    "cnn_functional_keras2",
    "cnn_functional_keras3",
    "lstm_keras2",
    "branches_keras2",
    "branches_keras3",
    "tokens_keras3"
  )

  for (model <- models)
    test(s"$model: every layer has the values that Keras gives it, row by row and together") {
      val stored = StoredAnswers.of(TestData.model(model))
      // What an export does not tell is refused, see StoredAnswersTest.
      val answers = stored.answers.filter { answer =>
        answer.hasOps && answer.shape.headOption.contains(2L) && !answer.setting.contains(", at = ")
      }
      assert(answers.size >= 3)
      val features = answers.zipWithIndex.map { case (answer, i) =>
        s"{ ${answer.setting}, column = f$i }"
      }
      val feeds = stored.inputs.keys.map(key => s"{ input = $key, column = $key, tensor {} }")
      val configuration =
        s"""model.path = ${TestData.model(model)}
           |feeds = [${feeds.mkString(", ")}]
           |features = [${features.mkString(", ")}]""".stripMargin
      val rows = (0 until 2).map { row =>
        stored.inputs.map { case (key, array) => key -> nested(array, row) }.asJava
      }
      Using.resource(open(configuration)) { extractor =>
        val together = extractor.extract(rows.asJava).asScala.toSeq
        val alone = rows.map(extractor.extract(_))
        for (found <- Seq(together, alone); (answer, i) <- answers.zipWithIndex) {
          val arrays = found.map(_.feature(s"f$i"))
          arrays.foreach(array => assert(array.shape.toSeq === answer.shape.tail, answer.name))
          val values = arrays.flatMap(array => doubles(array)).toArray
          assert(answer.difference(values) <= answer.bound, answer.name)
        }
        answers.indices.foreach { i =>
          val Seq(among, just) = Seq(together, alone).map(_.map(_.feature(s"f$i").values))
          assertSameRows(just.map(v => Seq(flat(v))), among.map(v => Seq(flat(v))), answers(i).name)
        }
        assert(
          together.map(_.features.keySet.asScala.toSeq).distinct === Seq(
            answers.indices.map(i => s"f$i")
          )
        )
      }
    }

  private lazy val jobs: Map[String, NumpyArray] = Npz.read(Path.of("test-data/jobs.answers.npz"))

  private lazy val photos: Seq[Path] = {
    val json = new ObjectMapper().readTree(Path.of("test-data/jobs.answers.json").toFile)
    json.get("photos").asScala.toSeq.map(name => Path.of("test-data", name.asText))
  }

  private def row(array: NumpyArray, row: Int): Seq[Double] = {
    val size = array.shape.tail.product.toInt
    array.values.slice(row * size, (row + 1) * size).toSeq
  }

  test("JPEG bytes, paths and links: photos have the embedding of keras.applications") {
    val expected = jobs("photos/embedding")
    assert(photos.size === expected.shape.head)
    def check(extractor: Extractor, rows: Seq[JavaMap[String, AnyRef]]): Unit =
      rows.zipWithIndex.foreach { case (photo, i) =>
        val found = extractor.extract(photo).feature("embedding")
        assert(found.shape.toSeq === expected.shape.tail)
        assert(difference(doubles(found).toSeq, row(expected, i)) <= 10 * bound)
      }
    val warnings = Seq.newBuilder[String]
    val builder =
      Extractor.builder.configuration(Path.of("conf/photos.conf")).warnings(warnings += _)
    Using.resource(builder.open()) { extractor =>
      assert(extractor.columns === JavaList.of("content"))
      assert(extractor.features === JavaList.of("embedding", "early"))
      check(extractor, photos.map(photo => JavaMap.of("content", Files.readAllBytes(photo))))
    }
    assert(
      warnings.result() ===
        Seq("an extractor ignores input, output: rows are brought as they are after input.select")
    )
    val byPath = Extractor.builder
      .model(Path.of("test-data/models/mobilenet_v2_keras3"))
      .feed(
        JavaMap.of(
          "input",
          "keras_tensor",
          "column",
          "photo.file",
          "image",
          JavaMap.of("size", JavaList.of(96, 96), "preprocessing", "mobilenet_v2", "holds", "paths")
        )
      )
      .feature(
        JavaMap.of("layer", "out_relu", "pool", "avg", "normalize", "l2", "column", "embedding")
      )
    Using.resource(byPath.open()) { extractor =>
      val names = Seq[Path => AnyRef](identity, _.toString, _.toUri, _.toUri.toString)
      val rows = photos.zipWithIndex.map { case (photo, i) =>
        val file = names(i % names.size)(photo.toAbsolutePath)
        JavaMap.of[String, AnyRef]("photo", JavaMap.of("file", file))
      }
      check(extractor, rows)
    }
  }

  test("an LSTM with true lengths, its states, and steps that were added do not count") {
    val stored = StoredAnswers.of(TestData.model("lstm_keras3"))
    val events = stored.inputs("events")
    // Zeros are what is added: a sequence that ends in them is as long as one that is padded.
    val steps = Seq(10, 4)
    val padded = Using.resource(open(lstm("tensor {}"))) { extractor =>
      (0 until 2).map { i =>
        val whole = nested(events, i).asInstanceOf[Array[Array[Float]]]
        val filled = whole.take(steps(i)) ++ Seq.fill(10 - steps(i))(new Array[Float](100))
        extractor.extract(JavaMap.of("events", filled))
      }
    }
    Using.resource(open(lstm("sequence { pad = post }"))) { extractor =>
      (0 until 2).foreach { i =>
        val rows = nested(events, i).asInstanceOf[Array[Array[Float]]].take(steps(i))
        val found = extractor.extract(JavaMap.of("events", rows))
        for (feature <- Seq("sequence", "hidden"))
          assert(found.feature(feature).floats === padded(i).feature(feature).floats)
        val sequence = found.feature("sequence").floats.map(_.toDouble)
        val lived = sequence.grouped(32).take(steps(i)).toSeq
        val mean = lived.transpose.map(_.sum / steps(i))
        assert(difference(doubles(found.feature("mean")).toSeq, mean) <= bound)
      }
      // The first is as long as the model's input: Keras' own states are stored for it.
      val first = extractor.extract(JavaMap.of("events", nested(events, 0)))
      val answer = stored.answers.find(_.name == "lstm:1").get
      val hidden = answer.sample.take(32)
      assert(answer.stride === 1)
      assert(difference(doubles(first.feature("hidden")).toSeq, hidden.toSeq) <= bound)
      val cell = stored.answers.find(_.name == "lstm:2").get.sample.take(32)
      val half = first.feature("cell")
      assert(half.dtype === "float16")
      assert(difference(doubles(half).toSeq, cell.toSeq) <= 1e-3)
      // A half has eleven bits.
      half.floats.foreach(value => assert((java.lang.Float.floatToIntBits(value) & 0x1fff) === 0))
    }
  }

  private def lstm(conversion: String): String =
    s"""model.path = test-data/models/lstm_keras3
       |feeds = [{ input = events, column = events, $conversion }]
       |features = [
       |  { layer = lstm, output = sequence, column = sequence }
       |  { layer = lstm, output = hidden, column = hidden }
       |  { layer = lstm, output = sequence, pool = avg, column = mean }
       |  { layer = lstm, output = cell, store = float16, column = cell }
       |]""".stripMargin

  for (model <- Seq("cnn_functional_keras2", "cnn_functional_keras3"))
    test(s"$model: derivatives, with a class that each row brings, are those of a tape") {
      val answers = TapeAnswers.of(model)
      assert(answers.exists(_.setting.contains("column = label")))
      val features = answers.zipWithIndex.map { case (answer, i) =>
        s"{ ${answer.setting}, column = f$i }"
      }
      val input = TestData.load(model).signature.inputs.keySet.iterator.next()
      val configuration =
        s"""model.path = ${TestData.model(model)}
           |feeds = [{ input = $input, column = pixels, tensor {} }]
           |features = [${features.mkString(", ")}]""".stripMargin
      Using.resource(open(configuration)) { extractor =>
        assert(extractor.columns.asScala.toSet === Set("pixels", "label"))
        val image = StoredAnswers.of(TestData.model(model)).inputs.values.head
        val rows = Seq(3, 7).zipWithIndex.map { case (label, i) =>
          JavaMap.of[String, Any]("pixels", nested(image, i), "label", label)
        }
        val found = extractor.extract(rows.asJava).asScala.toSeq
        answers.zipWithIndex.foreach { case (answer, i) =>
          val values = found.flatMap(row => doubles(row.feature(s"f$i")).toSeq)
          assert(answer.difference(values) <= 1e-4, answer.setting)
        }
      }
    }

  test("under sixteen threads each caller gets its own row, with the values that it has alone") {
    val answers = StoredAnswers.of(TestData.model("branches_keras3"))
    val configuration =
      """model.path = test-data/models/branches_keras3
        |feeds = [
        |  { input = left, column = left, tensor {} }
        |  { input = right, column = right, tensor {} }
        |]
        |features = [difference, { layer = "encoder/hidden", column = hidden }]""".stripMargin
    val builder = Extractor.builder
      .configuration(s"layertap {\n$configuration\n}")
      .longestWait(java.time.Duration.ofNanos(200000))
    Using.resource(builder.open()) { extractor =>
      assert(answers.inputs.keySet === Set("left", "right"))
      def row(i: Int): JavaMap[String, Any] =
        JavaMap.of("left", Array.tabulate(4)(k => i + k / 8f), "right", Array(1f, i / 4f, -2f, 3f))
      val count = 16 * 40
      val alone = (0 until count).map(i => extractor.extract(row(i)))
      val pool = Executors.newFixedThreadPool(16)
      val found =
        try {
          val calls = (0 until count).map { i =>
            val call: Callable[ExtractedRow] = () => extractor.extract(row(i))
            call
          }
          pool.invokeAll(calls.asJava).asScala.map(_.get).toSeq
        } finally pool.shutdown()
      found.zip(alone).zipWithIndex.foreach { case ((a, b), i) =>
        for (feature <- Seq("difference", "hidden"))
          assert(
            difference(doubles(a.feature(feature)).toSeq, doubles(b.feature(feature)).toSeq) <= 1e-6
          )
      }
    }
  }
}

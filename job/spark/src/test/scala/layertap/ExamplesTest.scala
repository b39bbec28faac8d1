package layertap

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.{Files, Path}
import java.nio.{ByteBuffer, ByteOrder}
import layertap.demo.DigitsClassifier
import layertap.tensor.HalfFloats
import layertap.testing.JobFolder
import layertap.testing.Npz
import layertap.testing.TestData
import org.apache.spark.ml.linalg.Vector
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** The configurations of `conf`, as they are, against answers of TensorFlow and Keras. */
class ExamplesTest extends AnyFunSuite {
  private val answers = Npz.read(TestData.root.resolve("jobs.answers.npz"))

  /** In sizes that the clock chooses, batches round otherwise in each run. */
  private val oneSize = Seq("--set", "run.batch-size=8")

  private def run(example: String, settings: Seq[String] = Seq())(
      check: JobFolder => Unit
  ): Unit = JobFolder.use { folder =>
    val command = folder.extractFile(Path.of("conf", s"$example.conf"), settings: _*)
    assert(command.code === 0, command.log)
    check(folder)
  }

  private def assertClose(found: Array[Double], answer: String, row: Int, bound: Double): Unit = {
    val expected = answers(answer)
    val width = expected.values.length / expected.shape.head.toInt
    val values = expected.values.slice(row * width, (row + 1) * width)
    assert(found.length === width)
    val largest = expected.values.map(math.abs).max
    found.indices.foreach { i =>
      assert(math.abs(found(i) - values(i)) <= bound * largest, s"$answer row $row at $i")
    }
  }

  private def doubles(row: Row, column: String): Array[Double] = row.getAs[Any](column) match {
    case vector: Vector                  => vector.toArray
    case values: scala.collection.Seq[_] => values.map(_.asInstanceOf[Float].toDouble).toArray
  }

  private def halves(row: Row, column: String): Array[Double] = {
    val bytes = java.nio.ByteBuffer
      .wrap(row.getAs[Array[Byte]](column))
      .order(ByteOrder.LITTLE_ENDIAN)
    Array.fill(bytes.capacity / 2)(
      HalfFloats.halfToFloat(bytes.getShort).toDouble
    )
  }

  test("photos.conf: embeddings of photos in folders, with the folder as label") {
    run("photos") { folder =>
      val listed = new ObjectMapper().readTree(TestData.root.resolve("jobs.answers.json").toFile)
      val paths = listed.get("photos").asScala.map(_.asText).toSeq
      val rows = folder.rows.orderBy("path").collect()
      assert(folder.rows.columns === Array("path", "label", "embedding", "early"))
      assert(rows.map(_.getString(0).split("test-data/")(1)) === paths)
      assert(rows.map(_.getString(1)) === paths.map(_.split("/")(1)))
      rows.indices.foreach(i =>
        assertClose(doubles(rows(i), "embedding"), "photos/embedding", i, 1e-4)
      )
      assert(doubles(rows(0), "early").length === 12 * 12 * 96)
    }
  }

  test("records.conf: embeddings of photos in tf.Examples") {
    run("records") { folder =>
      val listed = new ObjectMapper().readTree(TestData.root.resolve("jobs.answers.json").toFile)
      val paths = listed.get("photos").asScala.map(_.asText).toSeq
      val rows = folder.rows.orderBy("path").collect()
      assert(folder.rows.columns === Array("path", "label", "embedding"))
      val expected = Seq(
        "images/china/roof.jpg" -> 1,
        "images/china/square.jpg" -> 0,
        "images/flower/square.jpg" -> 0
      )
      assert(rows.map(row => row.getString(0) -> row.getLong(1)).toSeq === expected)
      rows.foreach { row =>
        assertClose(
          doubles(row, "embedding"),
          "photos/embedding",
          paths.indexOf(row.getString(0)),
          1e-4
        )
      }
    }
  }

  test("maps.conf: a map of each photo, as large as what the model sees, and its saliency") {
    run("maps") { folder =>
      val rows = folder.rows.collect()
      assert(rows.length === 17)
      rows.foreach { row =>
        assert(doubles(row, "cam").length === 96 * 96)
        assert(doubles(row, "cam").min >= 0)
        assert(doubles(row, "saliency").length === 96 * 96 * 3)
        assert(doubles(row, "saliency").exists(_ != 0))
      }
      assert(rows.exists(row => doubles(row, "cam").max > 0))
    }
  }

  test("events.conf: sequence, hidden and cell state of an LSTM over sequences of any length") {
    run("events") { folder =>
      val rows = folder.rows.orderBy("id").collect()
      assert(rows.map(_.getAs[Long]("id")) === (0 until 24))
      rows.indices.foreach { i =>
        assertClose(doubles(rows(i), "lstm_sequence"), "events/sequence", i, 1e-5)
        assertClose(doubles(rows(i), "lstm_hidden"), "events/hidden", i, 1e-5)
        assertClose(halves(rows(i), "lstm_cell"), "events/cell", i, 1e-3)
      }
    }
  }

  private lazy val texts = Npz.read(TestData.model("bert_keras3.texts.answers.npz"))

  private def assertTexts(folder: JobFolder): Unit = {
    val rows = folder.rows.orderBy("id").collect().toSeq
    val listed = TestData.model("bert_keras3.texts.answers.json").toFile
    val stored = new ObjectMapper().readTree(listed).get("texts").asScala.map(_.asText).toSeq
    assert(rows.map(_.getAs[String]("text")) === stored)
    val wanted = (0 to 2).map(i => s"block_$i" -> s"block_$i/avg") :+ ("cls" -> "block_2/first")
    for ((column, answer) <- wanted) {
      val expected = texts(answer).values
      val found = rows.toArray.flatMap(row => doubles(row, column))
      assert(found.length === expected.length, column)
      val bound = 1e-5 * expected.map(math.abs).max
      found.zip(expected).foreach { case (a, b) => assert(math.abs(a - b) <= bound, column) }
    }
  }

  test("texts.conf: ids and mask from SQL; hidden states pooled over words, as Keras does") {
    run("texts") { folder =>
      assert(folder.rows.columns === Array("id", "text", "block_0", "block_1", "block_2", "cls"))
      assertTexts(folder)
    }
    // What is added to a text is another word: the mask keeps it out of all others' states.
    JobFolder.use { folder =>
      val feeds =
        "feeds=[{ input = token_ids, column = token_ids, sequence { max-length = 16, pad = post," +
          " value = 7 } }, { input = mask, column = mask, tensor {} }]"
      val command =
        folder.extractFile(Path.of("conf/texts.conf"), "--set", feeds, "--set", "run.batch-size=1")
      assert(command.code === 0, command.log)
      assertTexts(folder)
    }
  }

  test("digits.conf: a pooled layer as vectors") {
    run("digits") { folder =>
      assert(folder.rows.columns === Array("id", "label", "split", "features"))
      assert(folder.rows.count() === 1797)
      assert(DigitsClassifier.accuracy(folder.rows) >= 0.93)
    }
  }

  test("middle-first.conf and middle-second.conf: two halves give what the whole model gives") {
    JobFolder.use { whole =>
      run("middle-first", oneSize) { first =>
        val second = new JobFolder(first.path.resolve("second"))
        Files.createDirectory(second.path)
        val command =
          second.extractFile(
            Path.of("conf/middle-second.conf"),
            oneSize ++ Seq("--set", s"input.path=${first.output}"): _*
          )
        assert(command.code === 0, command.log)
        val halves = second.rows.orderBy("id").collect()
        halves.indices.foreach(i =>
          assertClose(doubles(halves(i), "softmax"), "digits/softmax", i, 1e-5)
        )
        val onePass = whole.extractFile(
          Path.of("conf/middle-first.conf"),
          oneSize ++ Seq(
            "--set",
            "features=[{ layer = conv2, pool = avg, column = conv2_avg }, softmax]"
          ): _*
        )
        assert(onePass.code === 0, onePass.log)
        assert(halves === whole.rows.orderBy("id").collect())
      }
    }
  }

  test("every example is among these") {
    val names = java.nio.file.Files
      .list(Path.of("conf"))
      .iterator
      .asScala
      .map(_.getFileName.toString)
      .toSeq
      .sorted
    assert(
      names === Seq(
        "digits.conf",
        "events.conf",
        "maps.conf",
        "middle-first.conf",
        "middle-second.conf",
        "photos.conf",
        "records.conf",
        "texts.conf"
      )
    )
  }
}

package layertap.extract

import java.nio.file.Files
import layertap.failure.UserException
import layertap.testing.{FakeSessions, JavaProcess, TempFolder}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** What an extractor does between rows and a session, whoever runs the model. */
class FakeSessionTest extends AnyFunSuite {
  import FakeSessionTest.{extract, sums}

  private def batches(rows: Seq[Seq[Float]], batchSize: Int, isBatchFixed: Boolean = false) = {
    val sessions = new FakeSessions
    val extractor = FakeSessions.open(FakeSessions.plan(batchSize, isBatchFixed), sessions)
    val results = Using.resource(extractor)(extract(_, rows))
    assert(sessions.openNow === 0)
    (results, sessions.batches)
  }

  private def row(i: Int): Seq[Float] = Seq(i.toFloat, 1f)

  test("rows go through the session in batches, and their features come back in order") {
    val (results, sizes) = batches((0 until 10).map(row), batchSize = 4)
    assert(sizes === Seq(4, 4, 2))
    assert(sums(results) === (1 to 10).map(_.toFloat))
  }

  test("batches of a fixed size are filled up, and what the copies give is dropped") {
    val (results, sizes) = batches((0 until 5).map(row), batchSize = 4, isBatchFixed = true)
    assert(sizes === Seq(4, 4))
    assert(sums(results) === (1 to 5).map(_.toFloat))
  }

  test("a row alone runs beside a copy of itself") {
    val (results, sizes) = batches(Seq(row(6)), batchSize = 4)
    assert(sizes === Seq(2))
    assert(sums(results) === Seq(7f))
  }

  test("a refused batch is halved until the refused rows are alone") {
    val rows = (0 until 8).map(i => if (i == 5) Seq(-3f, 0f) else row(i))
    val (results, sizes) = batches(rows, batchSize = 8)
    // All; the first half; the second; its first half; its rows, each beside a copy; the last two.
    assert(sizes === Seq(8, 4, 4, 2, 2, 2, 2))
    assert(results.map(_.isValid) === (0 until 8).map(_ != 5))
    assert(results(5).error === "the model refuses the values: -3.0 is negative")
    assert(sums(results.filter(_.isValid)) === Seq(1f, 2f, 3f, 4f, 5f, 7f, 8f))
  }

  test("a value without a row for each row is refused") {
    val extractor = FakeSessions.open(FakeSessions.plan(4), new FakeSessions(lostRows = 1))
    Using.resource(extractor) { open =>
      val failure = intercept[UserException](extract(open, (0 until 4).map(row)))
      assert(
        failure.getMessage === "cannot split sum:0 into rows: a batch of 4 gave DT_FLOAT[3, 1];" +
          " the tensor mixes rows, tap one with a row for each row"
      )
    }
  }

  test("an extractor without TensorFlow's sessions loads no natives") {
    TempFolder.use { folder =>
      val classes = folder.resolve("classes.log")
      val options = Seq(s"-Xlog:class+load:file=$classes")
      val (code, log) = JavaProcess.start("layertap.extract.FakeExtraction", options).finish()
      assert(code === 0, log)
      assert(log.trim === "1.0, 2.0")
      val loaded = Files.readString(classes).linesIterator.toSeq
      assert(loaded.exists(_.contains("layertap.extract.FeatureExtractor ")))
      assert(loaded.filter(_.contains("layertap.tensorflow.")) === Seq())
      assert(loaded.filter(_.contains("org.bytedeco.")) === Seq())
    }
  }
}

object FakeSessionTest {

  def extract(extractor: FeatureExtractor, rows: Seq[Seq[Float]]): Seq[RowFeatures] = {
    val values = rows.map(row => Array[AnyRef](row.asJava))
    extractor.extract(values.asJava).rows.asScala.toSeq
  }

  def sums(rows: Seq[RowFeatures]): Seq[Float] =
    rows.map(_.features.get(0).values.asInstanceOf[Array[Float]].head)
}

/** Extracts two rows and prints their features. */
object FakeExtraction {
  def main(arguments: Array[String]): Unit = {
    val extractor = FakeSessions.open(FakeSessions.plan(4), new FakeSessions)
    val rows = FakeSessionTest.extract(extractor, Seq(Seq(0f, 1f), Seq(1f, 1f)))
    println(FakeSessionTest.sums(rows).mkString(", "))
    extractor.close()
  }
}

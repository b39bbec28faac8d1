package layertap.extract

import java.nio.file.Files
import java.util.OptionalInt
import java.util.function.IntSupplier
import layertap.extract.batch.BatchSizes
import layertap.failure.UserException
import layertap.inference.TimeLimit
import layertap.input.feed.PlannedFeed
import layertap.input.value.NamedFiles
import layertap.testing.{FakeSessions, JavaProcess, MemoryFiles, Plans, TempFolder}
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

  test("how long a batch took is told of those that went through the model at once") {
    val told = Seq.newBuilder[Int]
    val sizes = new BatchSizes {
      private var asked = 2
      override def next(most: IntSupplier): Int = { asked += 1; asked }
      override def ran(rows: Int, nanos: Long): Unit = {
        assert(nanos > 0)
        told += rows
      }
      override def chosen: OptionalInt = OptionalInt.empty
      override def takeNews: Boolean = false
    }
    val sessions = new FakeSessions
    val plan = FakeSessions.plan(8)
    Using.resource(
      FeatureExtractor.open(plan, sessions, MemoryFiles.of(), NamedFiles.NONE, sizes)
    ) { extractor =>
      Seq((0 until 3).map(row), Seq(-1f, 0f) +: (0 until 3).map(row), (0 until 7).map(row))
        .foreach { rows =>
          val values = rows.map(row => Array[AnyRef](row.asJava)).asJava
          val size = extractor.nextBatchSize
          val extracted = extractor.extract(values, size, TimeLimit.NONE, RowWatcher.NONE)
          assert(extracted.rows.size === rows.size)
        }
    }
    // The second has a row that is refused, and was split; of the third, five rows and two.
    assert(told.result() === Seq(3, 5, 2))
  }

  private def within(seconds: Int, batchSize: Int, rows: Seq[Seq[Float]], isBatchFixed: Boolean) = {
    val sessions = new FakeSessions
    val begun = Seq.newBuilder[Seq[Int]]
    val extractor = FakeSessions.open(FakeSessions.plan(batchSize, isBatchFixed), sessions)
    val values = rows.map(row => Array[AnyRef](row.asJava)).asJava
    val results = Using.resource(extractor)(
      _.extract(values, batchSize, TimeLimit.ofSeconds(seconds), (rows, _) => begun += rows.toSeq)
    )
    (results.rows.asScala.toSeq, sessions.batches, begun.result())
  }

  /** A row that takes so many seconds. */
  private def slow(first: Int, seconds: Int): Seq[Float] = Seq(first.toFloat, 1000f + seconds)

  test("a batch that takes too long is halved until the row that does is alone") {
    val rows = (0 until 8).map(i => if (i == 5) slow(i, 11) else row(i))
    val (results, sizes, begun) = within(10, 8, rows, isBatchFixed = false)
    assert(sizes === Seq(8, 4, 4, 2, 2, 2, 2))
    assert(begun === Seq(0 to 7, 0 to 3, 4 to 7, 4 to 5, 4 to 4, 5 to 5, 6 to 7))
    assert(results.map(_.isValid) === (0 until 8).map(_ != 5))
    assert(
      results(5).error === "it takes more than run.batch-seconds = 10 alone (raise that if it may)"
    )
    assert(sums(results.filter(_.isValid)) === Seq(1f, 2f, 3f, 4f, 5f, 7f, 8f))
  }

  test(
    "a batch that is slow, but none of whose rows is, loses none: each part has the whole time"
  ) {
    val rows = (0 until 8).map(slow(_, 3))
    val (results, sizes, _) = within(13, 8, rows, isBatchFixed = false)
    assert(sizes === Seq(8, 4, 4))
    assert(sums(results) === (0 until 8).map(_ + 1003f))
  }

  test("slow rows beside refused ones: each is told its own reason") {
    val rows = Seq(slow(0, 9), Seq(-1f, 0f), row(2), slow(3, 20))
    val (results, _, _) = within(10, 4, rows, isBatchFixed = false)
    assert(results.map(_.isValid) === Seq(true, false, true, false))
    assert(results(1).error === "the model refuses the values: -1.0 is negative")
    assert(results(3).error startsWith "it takes more than run.batch-seconds = 10 alone")
  }

  test("a model with batches of one size runs each half filled up, with the whole time") {
    val rows = (0 until 4).map(i => if (i == 0) slow(i, 11) else row(i))
    val (results, sizes, _) = within(10, 4, rows, isBatchFixed = true)
    assert(sizes.toSet === Set(4))
    assert(results.map(_.isValid) === Seq(false, true, true, true))
  }

  test("without a limit nothing takes too long") {
    val (results, sizes, _) = within(0, 4, Seq(slow(0, 100000), row(1)), isBatchFixed = false)
    assert(sizes === Seq(2))
    assert(results.forall(_.isValid))
  }

  test("a batch size of a thousand million takes no memory of its own") {
    val plan = FakeSessions.plan(1000000000)
    val (results, sizes) = batches((0 until 10).map(row), batchSize = 1000000000)
    assert(sizes === Seq(10))
    assert(sums(results) === (1 to 10).map(_.toFloat))
    assert(plan.bufferedRows === 1000000000)
    val anyShape = Plans.plan(
      plan.model,
      Seq(PlannedFeed.of(plan.feeds.get(0).point, List("x").asJava, Plans.anyTensor)),
      batchSize = 1000000000
    )
    assert(anyShape.bufferedRows === 1000000000)
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

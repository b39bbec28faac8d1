package layertap.extract

import java.util.Arrays
import java.util.concurrent.{Callable, CyclicBarrier, Executors}
import layertap.testing.Extraction
import layertap.testing.Plans
import layertap.testing.StoredAnswers
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.{Random, Using}

/** What holds on every processor: the same rows in the same batch have the same bits, in every run,
  * session and thread.
  */
class SameBatchTest extends AnyFunSuite {
  private val times = 10
  private val callers = 2

  private def randomValue(random: Random, sizes: Seq[Int]): AnyRef =
    if (sizes.isEmpty) Float.box(random.nextFloat())
    else Seq.fill(sizes.head)(randomValue(random, sizes.tail)).asJava

  private def bits(extractor: FeatureExtractor, rows: Seq[AnyRef]): Seq[Array[Long]] =
    extractor.extract(rows.map(Array(_)).asJava).rows.asScala.toSeq.flatMap { row =>
      assert(row.error === "")
      row.features.asScala.map(Extraction.doubles(_).map(java.lang.Double.doubleToRawLongBits))
    }

  private def assertSameBits(found: Seq[Array[Long]], expected: Seq[Array[Long]]): Unit = {
    assert(found.size === expected.size)
    found.zip(expected).zipWithIndex.foreach { case ((a, b), position) =>
      assert(Arrays.equals(a, b), s"value $position")
    }
  }

  for {
    (model, sizes) <- Seq(
      "cnn_sequential_keras2" -> Seq(28, 28, 1),
      "digits_keras3" -> Seq(8, 8, 1),
      "lstm_keras3" -> Seq(10, 100),
      "mobilenet_v2_keras3" -> Seq(96, 96, 3)
    )
    size <- Seq(1, 7, 8)
  } test(s"$model, a batch of $size: the same bits in every run, session and thread") {
    val random = new Random(size)
    val rows = Seq.fill(size)(randomValue(random, sizes))
    val answers = StoredAnswers.of(TestData.model(model)).answers.filter(_.hasOps)
    val plan = Plans.of(model, answers.map(_.name).distinct.takeRight(12))
    Using.resource(Plans.open(plan, model)) { one =>
      val expected = bits(one, rows)
      assertSameBits(bits(one, rows), expected)
      Using.resource(Plans.open(plan, model))(another =>
        assertSameBits(bits(another, rows), expected)
      )
      val threads = Executors.newFixedThreadPool(callers)
      val barrier = new CyclicBarrier(callers)
      try {
        val task: Callable[Seq[Seq[Array[Long]]]] = () =>
          Seq.fill(times) {
            barrier.await()
            bits(one, rows)
          }
        val found = threads.invokeAll(Seq.fill(callers)(task).asJava).asScala
        found.flatMap(_.get).foreach(assertSameBits(_, expected))
      } finally threads.shutdown()
    }
  }
}

package layertap.extract.batch

import java.util.concurrent.atomic.DoubleAdder
import layertap.extract.{FeatureExtractor, RowWatcher}
import layertap.inference.TimeLimit
import scala.jdk.CollectionConverters._

/** How many rows a second go through extractors, the same rows again and again. */
final class ExtractorRuns(rows: IndexedSeq[Array[AnyRef]], callers: Int, nanos: Long) {

  /** Of all callers, who ask each time how large their next batch is to be. */
  def rate(extractor: FeatureExtractor, size: () => Int): Double = {
    val start = System.nanoTime
    run(extractor, size, () => System.nanoTime - start < nanos)
  }

  /** The same until a size is chosen. */
  def untilChosen(extractor: FeatureExtractor): Double =
    run(
      extractor,
      () => extractor.nextBatchSize,
      () => extractor.batchSizes.chosen.isEmpty
    )

  private def run(extractor: FeatureExtractor, size: () => Int, goesOn: () => Boolean): Double =
    ExtractorRuns.rate(callers, goesOn) { () =>
      val batch = size()
      val fed = (0 until batch).map(i => rows(i % rows.size)).asJava
      val extracted = extractor.extract(fed, batch, TimeLimit.NONE, RowWatcher.NONE)
      extracted.rows.asScala.foreach(row => require(row.isValid, row.error))
      batch
    }
}

object ExtractorRuns {

  /** Rows a second of so many threads. Each counts by its own time: the last batch of one may end
    * long after that of another.
    *
    * @param batch
    *   runs one and returns how many rows it had
    */
  def rate(callers: Int, goesOn: () => Boolean)(batch: () => Int): Double = {
    val rate = new DoubleAdder
    val threads = (1 to callers).map { _ =>
      new Thread(() => {
        val start = System.nanoTime
        var count = 0L
        while (goesOn()) {
          count += batch()
        }
        rate.add(count / ((System.nanoTime - start) / 1e9))
      })
    }
    threads.foreach(_.start())
    threads.foreach(_.join())
    rate.sum
  }
}

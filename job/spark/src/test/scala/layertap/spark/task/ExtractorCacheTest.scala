package layertap.spark.task

import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.{Callable, Executors}
import layertap.extract.FeatureExtractor
import layertap.testing.Plans
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class ExtractorCacheTest extends AnyFunSuite {
  private val opened = new AtomicInteger

  private def open(): FeatureExtractor = {
    opened.incrementAndGet()
    Plans.open(Plans.of("digits_keras3", Seq("conv1")), "digits_keras3")
  }

  test("many tasks at once open one extractor, and one of them is told so") {
    val threads = Executors.newFixedThreadPool(8)
    try {
      val task: Callable[ExtractorCache.Lease] = () => ExtractorCache.get("run", () => open())
      val leases = threads.invokeAll(Seq.fill(16)(task).asJava).asScala.map(_.get)
      assert(opened.get === 1)
      assert(leases.map(_.extractor).distinct.size === 1)
      assert(leases.count(_.isNew) === 1)
    } finally {
      threads.shutdown()
      ExtractorCache.close("run")
    }
  }

  test("runs have extractors of their own; one that failed to open is tried again") {
    intercept[IllegalStateException](
      ExtractorCache.get("other", () => throw new IllegalStateException("no storage"))
    )
    val first = ExtractorCache.get("other", () => open())
    assert(first.isNew)
    assert(ExtractorCache.get("third", () => open()).extractor ne first.extractor)
    ExtractorCache.close("other")
    assert(ExtractorCache.get("other", () => open()).isNew)
    Seq("other", "third", "never").foreach(ExtractorCache.close)
  }
}

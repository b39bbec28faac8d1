package layertap.extract.serving

import java.time.Duration
import java.util.{List => JavaList, Map => JavaMap}
import layertap.config.JobConfig.OnInvalid
import layertap.extract.FeatureExtractor
import layertap.inference.TimeLimit
import layertap.testing.{FakeSessions, Plans}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** How a row runs that comes alone, and whether it is watched. */
class RowsAloneTest extends AnyFunSuite {

  private val limit = TimeLimit.ofSeconds(9)

  private def row(first: Float, second: Float = 1): JavaMap[String, Any] =
    JavaMap.of("x", Array(first, second))

  private def use(isDoubled: Boolean, isBatchFixed: Boolean = false)(
      work: ServingExtractor => Unit
  ): FakeSessions = {
    val sessions = new FakeSessions
    val engine = FakeSessions.open(FakeSessions.plan(4, isBatchFixed), sessions)
    Using.resource(serving(engine, isDoubled))(work)
    sessions
  }

  private def serving(engine: FeatureExtractor, isDoubled: Boolean): ServingExtractor =
    new ServingExtractor(engine, isDoubled, OnInvalid.KEEP, limit, 1, Duration.ZERO)

  private def sum(extractor: ServingExtractor, row: JavaMap[String, Any]): Float =
    extractor.extract(row).feature("sum").floats.head

  test("a row that comes alone runs just so; those of lists as in a job, a last one doubled") {
    val sessions = use(isDoubled = false) { extractor =>
      assert(sum(extractor, row(3)) === 4f)
      val list = (0 until 5).map(i => row(i.toFloat))
      assert(extractor.extract(list.asJava).asScala.map(_.feature("sum").floats.head) === (1 to 5))
      assert(extractor.extract(JavaList.of(row(8))).get(0).feature("sum").floats === Array(9f))
    }
    assert(sessions.batches === Seq(1, 4, 2, 2))
    assert(sessions.limits.map(_.seconds) === Seq(9, 9, 9, 9))
  }

  test("as in jobs it is doubled, or fills the batch of the model") {
    def batches(isDoubled: Boolean, isBatchFixed: Boolean = false) =
      use(isDoubled, isBatchFixed)(sum(_, row(3)): Unit).batches
    assert(batches(isDoubled = false) === Seq(1))
    assert(batches(isDoubled = true) === Seq(2))
    assert(batches(isDoubled = false, isBatchFixed = true) === Seq(4))
  }

  test("a batch is watched until one of as many rows was quick; a row that is not is invalid") {
    val sessions = use(isDoubled = false) { extractor =>
      assert(sum(extractor, row(3)) === 4f)
      assert(
        extractor.extract(row(1, 1010)).error === "it takes more than run.batch-seconds = 9 alone" +
          " (raise that if it may)"
      )
      assert(extractor.extract(row(-1)).error.startsWith("the model refuses the values: "))
      assert(sum(extractor, row(1, 1002)) === 1003f)
      extractor.extract((0 until 3).map(i => row(i.toFloat)).asJava)
      extractor.extract((0 until 3).map(i => row(i.toFloat)).asJava)
    }
    assert(sessions.batches === Seq(1, 1, 1, 1, 3, 3))
    assert(sessions.limits.map(_.cancels) === Seq(true, false, false, false, true, false))
  }

  test("a row is run before the first comes, where all take as long: it is not watched any more") {
    val sessions = new FakeSessions
    val engine = FakeSessions.open(FakeSessions.plan(4), sessions)
    WarmUp.run(engine, limit)
    Using.resource(serving(engine, isDoubled = false))(sum(_, row(3)): Unit)
    assert(sessions.batches === Seq(2, 2, 1))
    assert(!sessions.limits.last.cancels)
    Using.resource(Plans.open(Plans.of("tokens_keras3", Seq("embedding")), "tokens_keras3")) {
      WarmUp.run(_, limit) // It asks for no rows, which have shapes of their own.
    }
  }
}

package layertap.extract.serving

import java.time.Duration
import java.util.{List => JavaList, Map => JavaMap}
import layertap.config.JobConfig.OnInvalid
import layertap.inference.TimeLimit
import layertap.testing.{FakeSessions, Plans, PoisonLoop}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Using

/** How a row runs that comes alone, and in whose thread. */
class RowsAloneTest extends AnyFunSuite {

  private val limit = TimeLimit.ofSeconds(9)

  private def row(first: Float, second: Float = 1): JavaMap[String, Any] =
    JavaMap.of("x", Array(first, second))

  private def use(rowsAlone: RowsAlone, isBatchFixed: Boolean = false)(
      work: ServingExtractor => Unit
  ): FakeSessions = {
    val sessions = new FakeSessions
    val engine = FakeSessions.open(FakeSessions.plan(4, isBatchFixed), sessions)
    val extractor =
      new ServingExtractor(engine, rowsAlone, OnInvalid.KEEP, limit, 1, Duration.ZERO)
    Using.resource(extractor)(work)
    sessions
  }

  private def sum(extractor: ServingExtractor, row: JavaMap[String, Any]): Float =
    extractor.extract(row).feature("sum").floats.head

  test("a row that comes alone runs just so; those of lists as in a job, a last one doubled") {
    val sessions = use(RowsAlone.IN_CALLERS_THREAD) { extractor =>
      assert(sum(extractor, row(3)) === 4f)
      val list = (0 until 5).map(i => row(i.toFloat))
      assert(extractor.extract(list.asJava).asScala.map(_.feature("sum").floats.head) === (1 to 5))
      assert(extractor.extract(JavaList.of(row(8))).get(0).feature("sum").floats === Array(9f))
    }
    assert(sessions.batches === Seq(1, 4, 2, 2))
    assert(sessions.limits.map(_.cancels) === Seq(false, true, true, true))
    assert(sessions.limits.map(_.seconds) === Seq(9, 9, 9, 9))
  }

  test("where a model may take any time the row is watched; as in jobs it is doubled, too") {
    def runs(rowsAlone: RowsAlone, isBatchFixed: Boolean = false) = {
      val sessions = use(rowsAlone, isBatchFixed)(sum(_, row(3)): Unit)
      sessions.batches.zip(sessions.limits.map(_.cancels))
    }
    assert(runs(RowsAlone.WATCHED) === Seq(1 -> true))
    assert(runs(RowsAlone.AS_IN_JOBS) === Seq(2 -> true))
    assert(runs(RowsAlone.IN_CALLERS_THREAD, isBatchFixed = true) === Seq(4 -> false))
  }

  test("a row that nothing watches and that takes too long is invalid all the same") {
    use(RowsAlone.IN_CALLERS_THREAD) { extractor =>
      assert(
        extractor.extract(row(1, 1010)).error === "it takes more than run.batch-seconds = 9 alone" +
          " (raise that if it may)"
      )
      assert(extractor.extract(row(-1)).error.startsWith("the model refuses the values: "))
      assert(sum(extractor, row(1, 1002)) === 1003f)
    }
  }

  test("how long a row takes is known where all are of one shape and there is no loop") {
    def isKnown(model: String, layers: String*): Boolean =
      Using.resource(Plans.open(Plans.of(model, layers), model)) { engine =>
        val nanos = RowTime.ifAlike(engine, limit)
        nanos.ifPresent(time => assert(time > 0))
        nanos.isPresent
      }
    assert(isKnown("digits_keras3", "conv2", "softmax"))
    assert(isKnown("branches_keras3", "head"))
    assert(!isKnown("lstm_keras3", "lstm:sequence"))
    assert(!isKnown("tokens_keras3", "embedding"))
    assert(PoisonLoop.cut.hasLoops)
    val sessions = new FakeSessions
    Using.resource(FakeSessions.open(FakeSessions.plan(4), sessions)) { engine =>
      assert(RowTime.ifAlike(engine, TimeLimit.NONE).isPresent)
      assert(sessions.batches.size === 2)
    }
  }
}

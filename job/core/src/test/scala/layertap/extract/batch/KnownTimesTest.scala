package layertap.extract.batch

import java.util.{List => JavaList}
import layertap.graph.{NodeDefs, TensorId}
import layertap.inference.TimeLimit
import layertap.input.feed.{FeedConversion, PlannedFeed}
import layertap.plan.ExtractionPlan
import layertap.testing.{FakeSessions, Plans}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType

/** Which batches are known to end long before they must. */
class KnownTimesTest extends AnyFunSuite {
  private val limit = TimeLimit.ofSeconds(10)
  private val short = 90L * 1000 * 1000

  private def isWatched(times: KnownTimes, rows: Int, limit: TimeLimit = limit): Boolean =
    times.limit(rows, limit).cancels

  test("those with as many rows as one that took less than a hundredth of the limit, or fewer") {
    val times = new KnownTimes(true)
    assert(isWatched(times, 1))
    times.took(4, short)
    assert((1 to 6).map(isWatched(times, _)) === Seq(false, false, false, false, true, true))
    assert(times.limit(4, limit) === limit.unwatched)
    times.took(2, limit.nanos)
    assert(!isWatched(times, 2), "the larger batch was quick")
    times.took(6, short)
    assert(!isWatched(times, 6))
  }

  test("none where one took longer, or where little time is left") {
    val times = new KnownTimes(true)
    times.took(4, 2 * short)
    assert(isWatched(times, 4))
    times.took(4, short)
    assert(!isWatched(times, 4))
    assert(isWatched(times, 4, limit.after(limit.nanos / 2)))
    assert(!isWatched(times, 4, TimeLimit.NONE))
  }

  test("what rows of their own shapes take is not known, or what loops of values do") {
    assert(FakeSessions.plan(4).areBatchesAlike)
    assert(Plans.of("digits_keras3", Seq("conv2", "softmax")).areBatchesAlike)
    assert(Plans.of("recurrent_keras3", Seq("lstm")).areBatchesAlike)
    assert(!Plans.of("tokens_keras3", Seq("embedding")).areBatchesAlike)
    assert(!ofTexts.areBatchesAlike)
    val times = new KnownTimes(false)
    times.took(4, short)
    assert(isWatched(times, 4))
  }

  /** A plan that takes a text of a row as it is. */
  private def ofTexts: ExtractionPlan = {
    val nodes = new NodeDefs("")
    val (text, shape) = (DataType.DT_STRING, Plans.shape(-1))
    val x = nodes.node("Placeholder", "x").attribute("dtype", text).attribute("shape", shape).add()
    val model = Plans.model(nodes, Plans.point(x, text, shape), new TensorId("x", 0), shape)
    val conversion = new FeedConversion.Tensor(Plans.shape())
    Plans.plan(model, Seq(PlannedFeed.of(model.feeds.get(0), JavaList.of("x"), conversion)))
  }
}

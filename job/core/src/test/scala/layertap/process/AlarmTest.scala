package layertap.process

import java.util.concurrent.TimeUnit
import org.scalatest.funsuite.AnyFunSuite
import scala.collection.mutable

/** When something is done that was asked for often. */
class AlarmTest extends AnyFunSuite {
  private def minutes(count: Long): Long = TimeUnit.MINUTES.toNanos(count)

  test("however often it is set, one timer runs; an earlier time takes one of its own") {
    var rung = 0
    val timers = mutable.Buffer.empty[(Runnable, Long)]
    val alarm = new Alarm(() => rung += 1, (ring: Runnable, nanos: Long) => timers += ring -> nanos)
    (1 to 1000).foreach(_ => alarm.setWithin(minutes(5)))
    assert(timers.map(_._2) === Seq(minutes(5)))
    alarm.setWithin(minutes(1))
    alarm.setWithin(minutes(5))
    assert(timers.map(_._2) === Seq(minutes(5), minutes(1)))
    timers(1)._1.run()
    alarm.setWithin(minutes(7))
    alarm.setWithin(-1)
    assert(rung === 1)
    assert(timers.drop(2).map(_._2) === Seq(minutes(7), 0))
    // One that was overtaken says nothing about the one that is set.
    timers.head._1.run()
    alarm.setWithin(minutes(5))
    assert(rung === 2 && timers.size === 4)
  }
}

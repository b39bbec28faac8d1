package layertap.spark.task

import java.time.Duration
import layertap.extract.SessionPool
import layertap.failure.UserException
import layertap.testing.FakeSessions
import org.apache.spark.SparkConf
import org.scalatest.funsuite.AnyFunSuite

/** The settings of an application for sessions that wait for their next use. */
class ExtractorSourceTest extends AnyFunSuite {

  private def limited(settings: (String, String)*): SessionPool = {
    val pool = new SessionPool(0, Duration.ZERO)
    val conf = new SparkConf(false)
    settings.foreach { case (key, value) => conf.set(s"spark.layertap.$key", value) }
    ExtractorSource.limit(pool, conf)
    pool
  }

  /** How many of three sessions that were used wait for their next use. */
  private def idle(pool: SessionPool): Int = {
    (1 to 3).foreach { i =>
      val open = () => FakeSessions.open(FakeSessions.plan(2), new FakeSessions)
      pool.lease(s"session $i", "run", () => open()).close()
    }
    try pool.size
    finally pool.closeIdle()
  }

  test("two sessions wait, or as many as the application says, also for very long") {
    assert(idle(limited()) === 2)
    assert(idle(limited("idleSessions" -> "3")) === 3)
    assert(idle(limited("idleSessions" -> "0")) === 0)
    assert(idle(limited("idleSessions" -> "1", "idleTime" -> "999999999d")) === 1)
    assert(idle(limited("idleTime" -> "1h")) === 2)
  }

  test("what is no number and no time is refused with both values") {
    def refusal(settings: (String, String)*): String =
      intercept[UserException](limited(settings: _*)).getMessage
    assert(
      refusal("idleSessions" -> "-1") === "cannot keep sessions: spark.layertap.idleSessions = -1" +
        " and spark.layertap.idleTime = 300s are not a number from 0 on and a time such as 5min;" +
        " correct them"
    )
    assert(
      refusal(
        "idleTime" -> "soon"
      ) === "cannot keep sessions: spark.layertap.idleSessions = 2 and" +
        " spark.layertap.idleTime = soon are not a number from 0 on and a time such as 5min;" +
        " correct them"
    )
    for (time <- Seq("", "-5min", "5 weeks", "1.5h", "1 h", "9999999999s"))
      assert(refusal("idleTime" -> time).contains(s"spark.layertap.idleTime = $time are not"))
    for (count <- Seq("two", "1.5", "9999999", ""))
      assert(refusal("idleSessions" -> count).contains(s"idleSessions = $count and"))
  }
}

package layertap.report

import java.time.Duration
import java.util.{List => JavaList}
import layertap.report.Progress.{TaskCounts, UNKNOWN}
import org.scalatest.funsuite.AnyFunSuite

/** What is shown of a running job, in logs and on terminals. */
class ProgressTest extends AnyFunSuite {
  private def running(rows: Long*): JavaList[java.lang.Long] =
    JavaList.of(rows.map(Long.box): _*)

  private def progress(
      rows: Long,
      share: Double,
      seconds: Double,
      invalid: Long = 0,
      all: Long = UNKNOWN,
      tasks: TaskCounts = new TaskCounts(120, 37, 0)
  ): Progress =
    new Progress(rows, invalid, all, tasks, share, Duration.ofMillis((seconds * 1000).toLong))

  test("a line of a log: rows, their rate, invalid ones, tasks, failed ones, the time left") {
    assert(
      progress(12000, 0.25, 60, invalid = 3).line === "layertap: 12,000 rows, 200.0 rows/s," +
        " 3 invalid, 37 of 120 tasks done, about 3:00 min left"
    )
    assert(
      progress(500, 0.1, 600, all = 5000, tasks = new TaskCounts(4, 0, 1)).line ===
        "layertap: 500 of 5,000 rows, 0.8 rows/s, 0 invalid, 0 of 4 tasks done, 1 failed," +
        " about 1:30:00 h left"
    )
    assert(
      progress(0, 0, 10).line === "layertap: 0 rows, 0.0 rows/s, 0 invalid, 37 of 120 tasks done"
    )
  }

  test("a bar for a terminal, in eighty characters") {
    assert(
      progress(12000, 0.25, 60).bar ===
        "[#####...............]  25 %  12,000 rows, 200.0 rows/s, about 3:00 min left"
    )
    assert(progress(0, 0, 0).bar === "[....................]   0 %  0 rows, 0.0 rows/s")
    assert(
      progress(99, 0.999, 1, invalid = 2, all = 100).bar ===
        "[###################.]  99 %  99 of 100 rows, 99.0 rows/s, 2 invalid"
    )
    assert(
      progress(100, 1, 10, all = 100).bar ===
        "[####################] 100 %  100 of 100 rows, 10.0 rows/s"
    )
  }

  test("no time left is told where nothing tells it: at first, at the end, without a share") {
    Seq(progress(10, 0.5, 1.9), progress(10, 1, 60), progress(10, 0, 60)).foreach { early =>
      assert(!early.line.contains("left"), early.line)
    }
    assert(progress(10, 0.5, 2).line.endsWith(", about 0:02 min left"))
  }

  test("the share of rows where their number is known") {
    val tasks = new TaskCounts(10, 1, 0)
    assert(Progress.share(1000, tasks, 100, running(50, 100)) === 0.25)
    assert(Progress.share(100, tasks, 100, running(50)) === 1, "more rows than were expected")
    assert(Progress.share(0, tasks, 0, running()) === 0.1, "none to read: tasks tell")
  }

  test("else the share of tasks, those that run by what others of them read") {
    assert(Progress.share(UNKNOWN, new TaskCounts(4, 0, 0), 0, running(70)) === 0)
    assert(Progress.share(UNKNOWN, new TaskCounts(0, 0, 0), 0, running()) === 0)
    assert(Progress.share(UNKNOWN, new TaskCounts(4, 2, 0), 200, running(50, 25)) === 0.6875)
    assert(Progress.share(UNKNOWN, new TaskCounts(4, 2, 0), 200, running(900)) === 0.75)
    assert(Progress.share(UNKNOWN, new TaskCounts(4, 4, 0), 0, running()) === 1)
  }
}

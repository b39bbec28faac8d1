package layertap.jobs.output

import layertap.jobs.Digits
import layertap.hadoop.HadoopOutputStore
import layertap.jobs.Digits.{expected, features, set}
import layertap.testing.SameValues.assertSame
import layertap.testing.Command
import layertap.testing.JavaProcess
import layertap.testing.JobFolder
import layertap.testing.OutputReader
import layertap.testing.Setting
import layertap.testing.Storage
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Drivers that are killed at random moments, while somebody reads what they write.
  *
  * The property `test.kills` says how often; it is 20 where there is time.
  */
abstract class KillTests extends AnyFunSuite {

  /** Where a test's outputs are, none of them there yet. */
  protected def storage(folder: JobFolder): Storage

  private val kills = Setting.of("test.kills").fold(2)(_.toInt)
  private val rows = 120
  private val chunk = 20

  /** Longest time from taking the output to its end, as far as runs showed. */
  private var milliseconds = 3000

  private def job(folder: JobFolder, at: Storage, settings: Seq[String]): Seq[String] = {
    val file = folder.write(Digits.job())
    // A trial comes before the output is taken, and has a test of its own.
    val always = set(s"output.path=${at.output}", "run.trial-seconds=0")
    Seq("extract", file.toString) ++ always ++ settings
  }

  /** Starts a command and kills it after it took the output, unless it ends before.
    *
    * @return
    *   whether it was killed
    */
  private def isKilled(at: Storage, command: Seq[String], kill: Int, random: Random): Boolean = {
    val process = JavaProcess.layertap(at.javaOptions, command: _*)
    while (process.isAlive && !at.exists(at.beside)) Thread.sleep(5)
    val taken = System.nanoTime()
    // The moments that matter most are short: each third kill waits for one.
    if (kill % 3 == 1) {
      while (process.isAlive && !at.exists(s"${at.beside}/decided")) Thread.sleep(1)
      Thread.sleep(random.nextInt(20).toLong)
    } else
      process.awaitEnd(random.nextInt(milliseconds).toLong)
    process.kill(isTold = kill % 2 == 0)
    val (code, log) = process.finish()
    if (code == 0) milliseconds = ((System.nanoTime() - taken) / 1000000).toInt.max(1)
    assert(Set(0, 137, 143).contains(code), log)
    code != 0
  }

  /** Kills a command at random moments, told to end every other time, so often that it was killed
    * that many times; then lets it run to its end.
    *
    * @param settings
    *   of the next run
    * @param check
    *   after each of them; whether it was killed
    */
  private def killThenFinish(folder: JobFolder, at: Storage, random: Random)(
      settings: => Seq[String]
  )(check: (String, Boolean) => Unit): Unit = {
    var killed = 0
    while (killed < kills) {
      val isHit = isKilled(at, job(folder, at, settings), killed, random)
      assert(at.names.subsetOf(Set(".out.layertap", "out")), s"kill $killed")
      check(s"kill $killed", isHit)
      if (isHit) killed += 1
    }
    val (code, log) =
      JavaProcess.layertap(at.javaOptions, job(folder, at, settings): _*).finish()
    assert(code === 0, log)
    assert(at.names === Set("out"))
  }

  test("overwrite: readers find the old or the new output whole, whenever the driver dies") {
    val seed = Random.nextInt()
    JobFolder.use { folder =>
      val at = storage(folder)
      val old = job(folder, at, set("input.where=id < 7", "output.run-id=old"))
      assert(Command.run(old: _*).code === 0)
      val reader = new OutputReader(at)
      killThenFinish(folder, at, new Random(seed)) {
        set("output.mode=overwrite", s"input.where=id < $rows")
      } { (_, _) => }
      val seen = reader.stop()
      assert(seen.forall(sizes => sizes.sum == 7 || sizes.sum == rows), s"seed $seed: $seen")
      assert(seen.head.sum === 7 && seen.last.sum === rows)
      assertSame(features(at.rows.collect().toSeq), expected(rows))
    }
  }

  test("resume: readers find whole chunks, whenever the driver dies; nothing is read twice") {
    val seed = Random.nextInt()
    JobFolder.use { folder =>
      val at = storage(folder)
      val reader = new OutputReader(at)
      var wanted = rows
      var published = 0L
      killThenFinish(folder, at, new Random(seed)) {
        set("output.mode=resume", s"output.chunk-rows=$chunk", s"input.where=id < $wanted")
      } { (kill, isHit) =>
        val words = s"seed $seed, $kill"
        val now = reader.now().sum
        assert(now >= published && now % chunk == 0, words)
        assert(at.stagedRows <= chunk, s"$words: what a kill costs is a chunk")
        if (!isHit) {
          // A run that was faster than its killer: there is more to do for the next ones.
          assert(now === wanted, words)
          wanted += rows
        }
        published = now
      }
      val seen = reader.stop()
      assert(seen.flatten.forall(_ == chunk), s"seed $seed: $seen")
      assert(seen.map(_.sum) === seen.map(_.sum).sorted, s"seed $seed: $seen")
      assertSame(features(at.rows.collect().toSeq), expected(wanted))
      val read = at.manifest.runs.asScala.map(_.rows.read)
      assert(read.sum === wanted, s"seed $seed: no row that was published is read again")
      assert(read.last <= wanted - published, s"seed $seed")
    }
  }

  test("a second driver is told to wait; one that stood still for longer than its lease, to end") {
    JobFolder.use { folder =>
      val at = storage(folder)
      def start(id: Int, mode: String): JavaProcess = {
        val settings = set(s"input.where=id < $id", s"output.mode=$mode")
        JavaProcess.layertap(at.javaOptions, job(folder, at, settings): _*)
      }
      val lease = s"${at.beside}/lease"
      val first = start(30, "overwrite")
      while (first.isAlive && !at.exists(lease)) Thread.sleep(5)
      first.suspend()
      val (refused, words) = start(20, "error").finish()
      assert(refused === 3, words)
      assert(words.contains("is writing to it; wait for its end"), words)
      val store = HadoopOutputStore.of(at.root, at.configuration)
      val longAgo = store.read(lease).get.replaceAll("\"renewed\":\\d+", "\"renewed\":1")
      store.write(lease, longAgo)
      val (second, log) = start(10, "overwrite").finish()
      assert(second === 0, log)
      first.goOn()
      val (code, lost) = first.finish()
      assert(code === 3, lost)
      assertSame(features(at.rows.collect().toSeq), expected(10))
      assert(at.names.subsetOf(Set(".out.layertap", "out")))
    }
  }
}

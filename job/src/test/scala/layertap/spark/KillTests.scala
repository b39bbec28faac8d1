package layertap.spark

import layertap.spark.Digits.{expected, features, set}
import layertap.testing.{Command, JavaProcess, JobFolder, OutputReader, Storage}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Drivers that are killed at random moments, while somebody reads what they write.
  *
  * The property `kills` says how often; it is 20 where there is time.
  */
abstract class KillTests extends AnyFunSuite {

  /** Where a test's outputs are, none of them there yet. */
  protected def storage(folder: JobFolder): Storage

  private val kills = Integer.getInteger("kills", 2).toInt
  private val rows = 120
  private val chunk = 20

  private def job(folder: JobFolder, at: Storage, settings: Seq[String]): Seq[String] = {
    val file = folder.write(Digits.job())
    Seq("extract", file.toString) ++ set(s"output.path=${at.output}") ++ settings
  }

  /** Runs a command again and again and kills it at a random moment after it took the output; told
    * to end every other time. Then lets it run to its end.
    */
  private def killThenFinish(folder: JobFolder, at: Storage, settings: Seq[String], random: Random)(
      afterKill: String => Unit
  ): Unit = {
    val command = job(folder, at, settings)
    (0 until kills).foreach { kill =>
      val process = JavaProcess.layertap(at.javaOptions, command: _*)
      while (process.isAlive && !at.exists(at.beside)) Thread.sleep(5)
      Thread.sleep(random.nextInt(3000).toLong)
      process.kill(isTold = kill % 2 == 0)
      process.finish()
      assert(at.names.subsetOf(Set(".out.layertap", "out")), s"kill $kill")
      afterKill(s"kill $kill")
    }
    val (code, log) = JavaProcess.layertap(at.javaOptions, command: _*).finish()
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
      val settings = set("output.mode=overwrite", s"input.where=id < $rows")
      killThenFinish(folder, at, settings, new Random(seed)) { _ => }
      val seen = reader.stop()
      assert(seen.forall(sizes => sizes.sum == 7 || sizes.sum == rows), s"seed $seed: $seen")
      assert(seen.head.sum === 7 && seen.last.sum === rows)
      assert(features(at.rows.collect().toSeq) === expected(rows))
    }
  }

  test("resume: readers find whole chunks, whenever the driver dies; nothing is read twice") {
    val seed = Random.nextInt()
    JobFolder.use { folder =>
      val at = storage(folder)
      val settings =
        set("output.mode=resume", s"output.chunk-rows=$chunk", s"input.where=id < $rows")
      val reader = new OutputReader(at)
      var published = 0L
      killThenFinish(folder, at, settings, new Random(seed)) { kill =>
        val now = reader.now().sum
        assert(now >= published && now % chunk == 0, s"seed $seed, $kill")
        published = now
      }
      val seen = reader.stop()
      assert(seen.flatten.forall(_ == chunk), s"seed $seed: $seen")
      assert(seen.map(_.sum) === seen.map(_.sum).sorted, s"seed $seed: $seen")
      assert(features(at.rows.collect().toSeq) === expected(rows))
      val counts = at.manifest.runs.asScala.map(_.rows.read)
      assert(counts.sum === rows, s"seed $seed")
    }
  }
}

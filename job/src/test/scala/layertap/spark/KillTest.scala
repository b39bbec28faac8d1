package layertap.spark

import java.nio.file.{Files, Path}
import java.util.concurrent.atomic.AtomicBoolean
import layertap.spark.Digits.{expected, features, set}
import layertap.testing.{JavaProcess, JobFolder}
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{Path => HadoopPath}
import org.apache.parquet.hadoop.ParquetFileReader
import org.apache.parquet.hadoop.util.HadoopInputFile
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.{Random, Try}

/** Drivers that are killed at random moments, while somebody reads what they write.
  *
  * The property `kills` says how often; it is 20 where there is time.
  */
class KillTest extends AnyFunSuite {
  private val kills = Integer.getInteger("kills", 2).toInt
  private val rows = 120
  private val chunk = 20

  private def job(folder: JobFolder, settings: Seq[String]): Seq[String] = {
    val file = folder.write(Digits.job())
    Seq("extract", file.toString) ++ set(s"output.path=${folder.output}") ++ settings
  }

  /** Runs a command again and again and kills it at a random moment after it took the output; told
    * to end every other time. Then lets it run to its end.
    */
  private def killThenFinish(folder: JobFolder, settings: Seq[String], random: Random)(
      afterKill: String => Unit
  ): Unit = {
    val command = job(folder, settings)
    val beside = folder.path.resolve(".out.layertap")
    (0 until kills).foreach { kill =>
      val process = JavaProcess.layertap(Seq(), command: _*)
      while (process.isAlive && !Files.exists(beside)) Thread.sleep(5)
      Thread.sleep(random.nextInt(3000).toLong)
      process.kill(isTold = kill % 2 == 0)
      process.finish()
      assert(folder.names.toSet.subsetOf(Set(".out.layertap", "job.conf", "out")), s"kill $kill")
      afterKill(s"kill $kill")
    }
    val (code, log) = JavaProcess.layertap(Seq(), command: _*).finish()
    assert(code === 0, log)
    assert(folder.names === Seq("job.conf", "out"))
  }

  test("overwrite: readers find the old or the new output whole, whenever the driver dies") {
    val seed = Random.nextInt()
    val random = new Random(seed)
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), set("input.where=id < 7", "output.run-id=old"): _*)
      val reader = new Reader(folder.output)
      val settings = set("output.mode=overwrite", s"input.where=id < $rows")
      killThenFinish(folder, settings, random) { _ => }
      val seen = reader.stop()
      assert(seen.forall(sizes => sizes.sum == 7 || sizes.sum == rows), s"seed $seed: $seen")
      assert(seen.head.sum === 7 && seen.last.sum === rows)
      assert(features(folder.rows.collect().toSeq) === expected(rows))
    }
  }

  test("resume: readers find whole chunks, whenever the driver dies; nothing is read twice") {
    val seed = Random.nextInt()
    val random = new Random(seed)
    JobFolder.use { folder =>
      val settings =
        set("output.mode=resume", s"output.chunk-rows=$chunk", s"input.where=id < $rows")
      val reader = new Reader(folder.output)
      var published = 0L
      killThenFinish(folder, settings, random) { kill =>
        val now = reader.now().sum
        assert(now >= published && now % chunk == 0, s"seed $seed, $kill")
        published = now
      }
      val seen = reader.stop()
      assert(seen.flatten.forall(_ == chunk), s"seed $seed: $seen")
      assert(seen.map(_.sum) === seen.map(_.sum).sorted, s"seed $seed: $seen")
      assert(features(folder.rows.collect().toSeq) === expected(rows))
      val counts = folder.manifest.get("earlier").asScala.map(_.get("rows")).toSeq :+
        folder.manifest.get("rows")
      assert(counts.map(_.get("read").asInt).sum === rows, s"seed $seed")
    }
  }

  /** Reads an output over and over: the numbers of rows in its files, each time they changed. What
    * is not there, or goes while it is read, is no answer: readers are told so and try again.
    */
  private final class Reader(output: Path) {
    private val isStopped = new AtomicBoolean
    @volatile private var seen = Vector.empty[Seq[Long]]
    private val thread = new Thread(() => while (!isStopped.get) look())
    thread.start()

    private def look(): Unit = Try(now()).foreach { sizes =>
      if (!seen.lastOption.contains(sizes)) seen = seen :+ sizes
      Thread.sleep(2)
    }

    /** Rows in each file; the files are those of a listing at one moment. */
    def now(): Seq[Long] = if (Files.exists(output)) list().map(rowsIn) else Seq()

    private def list(): Seq[Path] = {
      val children = Files.list(output)
      try children.iterator.asScala.filter(_.toString.endsWith(".parquet")).toSeq.sorted
      finally children.close()
    }

    private def rowsIn(file: Path): Long = {
      val input = HadoopInputFile.fromPath(new HadoopPath(file.toUri), new Configuration)
      val reader = ParquetFileReader.open(input)
      try reader.getRecordCount
      finally reader.close()
    }

    def stop(): Seq[Seq[Long]] = {
      isStopped.set(true)
      thread.join()
      val last = now()
      (if (seen.lastOption.contains(last)) seen else seen :+ last).filter(_.nonEmpty)
    }
  }
}
